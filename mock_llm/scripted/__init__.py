"""Answers of one's own: rules, and recordings of a real provider."""
