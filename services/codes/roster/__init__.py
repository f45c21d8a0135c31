"""What a roster file says: its columns, its cells, its places, and how a row stands to what is registered."""
