"""Measured, never asserted: ratios and times of one run on one machine. `python -m benchmarks [NAME ...]`."""
