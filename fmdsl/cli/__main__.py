"""`python -m fmdsl.cli`."""

from fmdsl.cli import main

main()
