"""Keeps things: exports in, presets, the database and its plain stores, sample desks."""
