"""The command line, one module a noun; a command parses, calls one function and prints."""
