"""Decides things: tickets, targets, the scorer, policies, profiles. No I/O, no framework."""
