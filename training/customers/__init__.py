"""Learning who writes: whole desks as tables of contacts and profiles, and forecasts of who will call often."""
