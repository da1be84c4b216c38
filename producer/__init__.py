"""The producer: plays image sets as live streams and keeps the ledger of their sessions."""
