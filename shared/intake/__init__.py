"""Image sets as values, and the pure decoders that make them from bytes."""
