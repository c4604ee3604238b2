"""The `workshop` command: from a clone to a lesson, to checked work, to a graded class."""

__version__ = "0.1.0"
