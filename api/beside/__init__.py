"""What is shown beside a ticket: what it belongs to, what it needs, and how the like was solved; one module a kind."""
