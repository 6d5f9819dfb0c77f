"""`python -m commands`: the command line without its script on the path."""

from commands.cli import main

main()
