"""Runs beside the submission."""
