"""One reader for each kind of file; they run in the child process alone."""
