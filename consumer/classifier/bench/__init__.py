"""What ``consumer bench`` does: time each way to run a model on the user's own machine."""
