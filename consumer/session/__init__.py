"""The consumer's end of a session: the conversation, the runs, the accounts."""
