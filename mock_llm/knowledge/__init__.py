"""What the mock model knows: a shop, and the grammar that writes and reads questions about it."""
