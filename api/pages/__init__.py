"""What people look at in a browser: one module a page, each with a router; templates are in `api/templates`."""
