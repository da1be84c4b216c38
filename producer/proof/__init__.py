"""The proof of a session: everything recomputed from the ledger's rows, and told."""
