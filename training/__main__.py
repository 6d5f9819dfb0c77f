"""`python -m training`: the command line without its script on the path."""

from training.cli import main

main()
