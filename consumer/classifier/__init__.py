"""The classifier: network, inference, checkpoint, training and evaluation, apart from the wire."""
