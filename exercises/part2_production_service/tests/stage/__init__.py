"""What the checks put around your code, inside the process where your code runs.

A check of your cache should not fail because your client is not written yet: so each of your files
is tried with plain stand-ins for its neighbours. The checks themselves run elsewhere.
"""
