"""Models of the user: read without executing what they hold, and tried before a session."""
