"""How the tables came to be what they are; the next change is the next numbered file in `versions/`."""
