"""API keys as they may be shown: a real one that reached the mock by mistake is not written out."""

_LONGEST_SHOWN = 24


def short(api_key: str) -> str:
    """A key as journal, ledger and dashboard show it: a long one without its middle."""
    if len(api_key) <= _LONGEST_SHOWN:
        return api_key
    return f"{api_key[:8]}…{api_key[-4:]}"
