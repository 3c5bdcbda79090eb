"""What `fmdsl bench` measured, for pages."""
