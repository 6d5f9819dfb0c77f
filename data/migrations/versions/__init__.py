"""One file a change of the tables, numbered; what has been released is never edited."""
