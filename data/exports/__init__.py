"""Exports in: files of any format, read through a preset into tickets."""
