"""A frame's way: received, made to fit, queued, classified."""
