"""What the models say, in how many tokens."""
