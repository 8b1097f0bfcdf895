"""What taxpayers tell of their own stock: materials, goods, counts, tickets and stamps."""
