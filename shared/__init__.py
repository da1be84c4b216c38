"""The contract between producer and consumer: pure values, codecs, tables and errors.

Nothing in this package opens a socket, starts a thread, reads a clock or imports torch.
"""

__version__ = "0.1.0"
