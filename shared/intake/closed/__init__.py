"""The closed machine that reads pickles: it judges and builds, and runs nothing.

A pickle is a program, so this is an interpreter of our own that knows only what honest files of
numpy arrays need. Names in a file are tokens that are compared and never looked up, the few calls
that it knows are checked argument by argument, and arrays are made here from bytes of the file.
"""
