"""Measurements: ratios side by side in one run, repeated, with median and spread."""
