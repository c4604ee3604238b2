"""The dashboard: a page at /, the feed that it polls, its controls, exports, and /metrics.

Nothing here runs until somebody looks: the page's polls read what the labs wrote down since the
last one.
"""
