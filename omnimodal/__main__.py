"""`python -m omnimodal`, the same as the command `omnimodal`."""

from omnimodal.cli import main

main()
