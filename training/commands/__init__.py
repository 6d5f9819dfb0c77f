"""One module a noun of the command line; loaded only when that noun is used."""
