"""What the lesson shows: the service that many of us shipped first, and ways to try a service."""
