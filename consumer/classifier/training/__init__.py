"""How a network is trained from scratch on a processor."""
