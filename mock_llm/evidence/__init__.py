"""Money and evidence: what reached the server, what it cost, and what it says of a client."""
