"""Training steps side by side: fmdsl's program and the official way of writing it."""
