"""One module a resource; each holds a router and nothing that another one needs."""
