"""`python -m fmdsl`."""

from fmdsl.cli import main

main()
