"""Learns from history: datasets, splits, fits, evaluations, and the command line that runs them."""
