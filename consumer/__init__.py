"""The consumer: receives a stream of frames, classifies it and reports what it saw."""
