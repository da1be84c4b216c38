"""One session in one file: its frames, when they were sent, and what was predicted."""
