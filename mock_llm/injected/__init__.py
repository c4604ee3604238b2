"""What can be injected: latency, load, limits and faults."""
