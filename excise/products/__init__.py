"""What an establishment makes, imports or provides, and its notified prices (ภส.02-01, 02-02)."""
