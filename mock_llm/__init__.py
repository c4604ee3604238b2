"""A mock LLM server: speaks the providers' wire formats, can be slow, fail and charge.

with MockLLM(scenario="instant") as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice")
    ...
    mock.lab("sk-lab-alice").journal()

PYTEST_DONT_REWRITE: pytest would warn where this was imported before it found the plugin.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = [
    "Lab",
    "ManualClock",
    "MockLLM",
    "ServerProblem",
    "SettingError",
    "__version__",
    "connect",
]

if TYPE_CHECKING:
    from mock_llm.clock import ManualClock
    from mock_llm.lab import Lab
    from mock_llm.remote import ServerProblem, connect
    from mock_llm.server import MockLLM
    from mock_llm.yamlfile import SettingError
else:
    # The pytest plugin is in this package, and every run of pytest that finds it imports it: the
    # rest is loaded when somebody asks for it.
    _HOMES = {
        "Lab": "lab",
        "ManualClock": "clock",
        "MockLLM": "server",
        "ServerProblem": "remote",
        "SettingError": "yamlfile",
        "connect": "remote",
    }

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"mock_llm.{_HOMES[name]}"), name)
        return value

    def __dir__():
        return sorted({*globals(), *_HOMES})
