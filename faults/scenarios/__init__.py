"""The scenarios of the fault catalogue, each a function of an order that gives an outcome."""
