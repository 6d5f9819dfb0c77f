"""Whole files scored at once, and the files that results are written to."""
