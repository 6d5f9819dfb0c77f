"""Learning what may go wrong with a ticket, from what was known when it was filed, and saying how well that works."""
