"""Which paths let a model run, when something is posted to them, and what reads their requests."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mock_llm.injected.fault_kinds import CHAT, COMPLETIONS, EMBEDDINGS, MODERATIONS, RESPONSES
from mock_llm.job import Job
from mock_llm.lab import Lab
from mock_llm.model.models import Model
from mock_llm.wire.openai.chat_request import read_chat
from mock_llm.wire.openai.completions import read_completion
from mock_llm.wire.openai.embeddings import read_embedding
from mock_llm.wire.openai.moderations import read_moderation
from mock_llm.wire.openai.responses_request import read_compaction, read_response

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

Reader = Callable[[Mapping[str, Model], "KnowledgePack", Lab, Mapping[str, Any]], Job]

READERS: Mapping[str, Reader] = {
    CHAT: read_chat,
    RESPONSES: read_response,
    COMPLETIONS: read_completion,
    EMBEDDINGS: read_embedding,
    MODERATIONS: read_moderation,
    f"{RESPONSES}/compact": read_compaction,
}
