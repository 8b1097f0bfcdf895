"""What others know: revenue data as it was delivered, and the rows read from it."""
