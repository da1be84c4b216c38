"""Where frames come from: files, named data sets and the built-in frames."""
