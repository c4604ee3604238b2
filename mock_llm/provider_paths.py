"""The providers' paths, as an OpenAPI description lists them: a line each, without schemas."""

from collections.abc import Mapping
from typing import Any

from mock_llm.injected.fault_kinds import (
    BATCHES,
    CHAT,
    COMPLETIONS,
    COUNT_TOKENS,
    EMBEDDINGS,
    FILES,
    MESSAGE_BATCHES,
    MESSAGES,
    MODELS,
    MODERATIONS,
    RESPONSES,
)
from mock_llm.wire.anthropic import api as anthropic
from mock_llm.wire.openai import routes as openai

_PROVIDERS = {"OpenAI": openai.served, "Anthropic": anthropic.served}
_SAYS: Mapping[tuple[str, str], str] = {
    ("POST", CHAT): "Create a chat completion, whole or as a stream.",
    ("GET", CHAT): "List the chat completions that were stored.",
    ("GET", f"{CHAT}/{{id}}"): "Retrieve a stored chat completion.",
    ("POST", f"{CHAT}/{{id}}"): "Replace the metadata of a stored chat completion.",
    ("DELETE", f"{CHAT}/{{id}}"): "Delete a stored chat completion.",
    ("GET", f"{CHAT}/{{id}}/messages"): "List the messages that a stored completion answers.",
    ("POST", RESPONSES): "Create a response: whole, as a stream or in the background.",
    ("GET", f"{RESPONSES}/{{id}}"): "Retrieve a response, or its stream.",
    ("DELETE", f"{RESPONSES}/{{id}}"): "Delete a response.",
    ("POST", f"{RESPONSES}/{{id}}/cancel"): "Cancel a response that runs in the background.",
    ("GET", f"{RESPONSES}/{{id}}/input_items"): "List the items that a response answers.",
    ("POST", f"{RESPONSES}/input_tokens"): "Count the tokens of a response's input.",
    ("POST", f"{RESPONSES}/compact"): "Put a conversation in short.",
    ("POST", COMPLETIONS): "Create a legacy completion, whole or as a stream.",
    ("POST", EMBEDDINGS): "Create embeddings.",
    ("POST", MODERATIONS): "Judge texts and images.",
    ("GET", FILES): "List the files.",
    ("POST", FILES): "Upload a file.",
    ("GET", f"{FILES}/{{id}}"): "Retrieve what is known about a file.",
    ("DELETE", f"{FILES}/{{id}}"): "Delete a file.",
    ("GET", f"{FILES}/{{id}}/content"): "Download a file.",
    ("GET", BATCHES): "List the batches.",
    ("POST", BATCHES): "Create a batch from a file of requests.",
    ("GET", f"{BATCHES}/{{id}}"): "Retrieve a batch.",
    ("POST", f"{BATCHES}/{{id}}/cancel"): "Cancel a batch.",
    ("GET", MODELS): "List the models.",
    ("GET", f"{MODELS}/{{id}}"): "Retrieve a model.",
    ("DELETE", f"{MODELS}/{{id}}"): "Delete a model: refused, none is yours.",
    ("POST", MESSAGES): "Create a message, whole or as a stream.",
    ("POST", COUNT_TOKENS): "Count the tokens of a message's prompt.",
    ("POST", MESSAGE_BATCHES): "Create a batch of messages.",
    ("GET", MESSAGE_BATCHES): "List the batches of messages.",
    ("GET", f"{MESSAGE_BATCHES}/{{id}}"): "Retrieve a batch of messages.",
    ("DELETE", f"{MESSAGE_BATCHES}/{{id}}"): "Delete a batch of messages that has ended.",
    ("POST", f"{MESSAGE_BATCHES}/{{id}}/cancel"): "Cancel a batch of messages.",
    ("GET", f"{MESSAGE_BATCHES}/{{id}}/results"): "Download what became of a batch's messages.",
}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def provider_paths() -> dict[str, dict[str, Any]]:
    """What is served, by path and method; what two providers share has the tags of both."""
    paths: dict[str, dict[str, Any]] = {}
    for provider, served in _PROVIDERS.items():
        for method, path in served():
            operation = paths.setdefault(path, {}).setdefault(
                method.lower(),
                {
                    "tags": [],
                    "summary": _SAYS[method, path],
                    **({"parameters": [_ID]} if "{id}" in path else {}),
                    "responses": {"200": {"description": "As the provider replies."}},
                },
            )
            operation["tags"].append(provider)
    return paths
