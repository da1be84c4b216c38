"""What can be said of a data set before it is streamed: analysis that changes nothing."""
