"""One command per file: a function `run` whose docstring is the command's help."""
