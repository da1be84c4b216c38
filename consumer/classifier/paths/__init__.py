"""Ways to run the project's own network, and which of them is the fastest here."""
