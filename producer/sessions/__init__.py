"""Sessions: what may be sent and stored, decided without I/O, and joined to the event loop."""
