"""A mock LLM server: speaks the providers' wire formats, can be slow, fail and charge.

with MockLLM(scenario="instant") as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice")
    ...
    mock.lab("sk-lab-alice").journal()
"""

from mock_llm.clock import ManualClock
from mock_llm.lab import Lab
from mock_llm.remote import ServerProblem, connect
from mock_llm.server import MockLLM
from mock_llm.yamlfile import SettingError

__all__ = ["Lab", "ManualClock", "MockLLM", "ServerProblem", "SettingError", "connect"]
