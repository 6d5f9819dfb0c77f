"""One module a file format: bytes become rows of text cells. A new one is listed in `data/rows.py`."""
