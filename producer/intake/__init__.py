"""From a file or folder of the user to a mapped data set, converted once by a child process."""
