"""The ledger: the producer's durable record of every session."""
