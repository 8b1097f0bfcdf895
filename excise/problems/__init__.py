"""What people report about our pages, and what became of it."""
