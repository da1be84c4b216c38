"""What a session leaves behind on the consumer's side: metrics, samples, files, a page."""
