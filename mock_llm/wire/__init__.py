"""The providers' HTTP formats: request in, reply out."""
