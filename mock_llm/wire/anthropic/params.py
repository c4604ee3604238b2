"""The types of the parameters of a message, as Anthropic's API reference has them.

Left out are those that the reader has to take apart itself, and then complains about: model,
messages, system prompt, tools, thinking, and what these models no longer take.
"""

from mock_llm.wire.anthropic.complaints import KINDS
from mock_llm.wire.anthropic.traits import EFFORTS
from mock_llm.wire.kinds import Params

_FLAG, _TEXT, _OBJECT = KINDS.flag(), KINDS.text(), KINDS.table()
_NUMBER = KINDS.integer()
_SPEED = KINDS.one_of("standard", "fast")
_OUTPUT: Params = {
    "effort": KINDS.one_of(*EFFORTS),
    "format": KINDS.table({"schema": _OBJECT, "type": KINDS.one_of("json_schema")}),
    "task_budget": KINDS.table(
        {"remaining": _NUMBER, "total": _NUMBER, "type": KINDS.one_of("tokens")}
    ),
}
_SKILL = KINDS.table(
    {"skill_id": _TEXT, "type": KINDS.one_of("anthropic", "custom"), "version": _TEXT}
)
_FALLBACK = KINDS.table(
    {
        "max_tokens": _NUMBER,
        "model": _TEXT,
        "output_config": KINDS.table(_OUTPUT),
        "speed": _SPEED,
        "thinking": _OBJECT,
    }
)

MESSAGE: Params = {
    "billing_policy": KINDS.table(
        {"bill_to": KINDS.one_of("self", "user_profile"), "type": KINDS.one_of("billing_policy")}
    ),
    "compaction": KINDS.table({"instructions": _TEXT, "type": KINDS.one_of("summarize")}),
    "container": _TEXT | KINDS.table({"id": _TEXT, "skills": KINDS.listed(_SKILL)}),
    "context_management": KINDS.table({"edits": KINDS.listed(_OBJECT)}),
    "diagnostics": KINDS.table({"previous_message_id": _TEXT}),
    "fallback_credit_token": _TEXT
    | KINDS.table({"mode": KINDS.one_of("strict", "best_effort"), "token": _TEXT}),
    "fallbacks": KINDS.listed(_FALLBACK) | KINDS.one_of("default"),
    "inference_geo": _TEXT,
    "mcp_servers": KINDS.listed(
        KINDS.table(
            {
                "authorization_token": _TEXT,
                "name": _TEXT,
                "tool_configuration": KINDS.table(
                    {"allowed_tools": KINDS.listed(_TEXT), "enabled": _FLAG}
                ),
                "type": KINDS.one_of("url"),
                "url": _TEXT,
            }
        )
    ),
    # The format that is asked for is read by its type.
    "output_config": KINDS.table({**_OUTPUT, "format": KINDS.table({"schema": _OBJECT})}),
    "service_tier": KINDS.one_of("auto", "standard_only"),
    "speed": _SPEED,
    "stop_sequences": KINDS.listed(_TEXT),
    "stream": _FLAG,
    "thread": KINDS.table(
        {"previous_message_id": _TEXT, "type": KINDS.one_of("create", "continue")}
    ),
}
