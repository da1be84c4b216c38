"""The two ports: the session channel and the frame stream."""
