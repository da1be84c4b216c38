"""Fault tests: what can happen to real services is done to them, and one oracle looks after."""
