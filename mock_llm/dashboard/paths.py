"""Which requests are the dashboard's. Imported by every server, so it imports nothing."""

ROOM = "/_mock/room"
_PAGES = frozenset(("/", "/dashboard", "/metrics", ROOM))
_UNDER = ("/dashboard/", f"{ROOM}/")


def is_dashboards(path: str) -> bool:
    """Whether a request goes to the dashboard."""
    return path in _PAGES or path.startswith(_UNDER)
