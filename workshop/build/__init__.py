"""The authoring side: makes exercises/ and solutions/ from modules/, checks the author's rules."""
