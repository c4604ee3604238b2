"""The types of the parameters of OpenAI's endpoints, as its API reference has them.

Left out are those that every reader has to take apart itself, and then complains about: models,
messages, inputs and prompts, tools, stop sequences, metadata.
"""

from mock_llm.model.logprobs import MOST_ALTERNATIVES
from mock_llm.model.models import EFFORTS
from mock_llm.wire.kinds import Params
from mock_llm.wire.openai.complaints import KINDS

_MOST_CHOICES = 128
_MOST_BEST_OF = 20
_MOST_LOGPROBS = 5  # of legacy completions
_LARGEST_SEED = 2**63 - 1

_FLAG, _TEXT, _OBJECT = KINDS.flag(), KINDS.text(), KINDS.table()
_AT_LEAST_ONE = KINDS.integer(1)
_LEVEL = KINDS.one_of("low", "medium", "high")
_RETENTION = KINDS.one_of("in_memory", "24h")
_SUMMARY = KINDS.one_of("auto", "concise", "detailed")
_FORM = KINDS.table({"type": _TEXT})
_CHOICE = KINDS.one_of("none", "auto", "required") | _OBJECT
_SAFETY = KINDS.table({"mode": KINDS.one_of("score", "block")})
_MODERATION = KINDS.table(
    {"model": _TEXT, "policy": KINDS.table({"input": _SAFETY, "output": _SAFETY})}
)
_CACHE_MODE = KINDS.one_of("implicit", "explicit")
_LIFE = KINDS.one_of("30m", "12h")
_IMAGE = KINDS.table({"context_compression": KINDS.one_of("auto", "enabled", "disabled")})
_REASONING = KINDS.table(
    {
        "context": KINDS.one_of("auto", "current_turn", "all_turns"),
        "effort": KINDS.one_of(*EFFORTS),
        "generate_summary": _SUMMARY,
        "mode": _TEXT,
        "summary": _SUMMARY,
    }
)
_TEXT_FORM = KINDS.table({"format": _FORM, "verbosity": _LEVEL})
_INCLUDABLE = KINDS.one_of(
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)

_SAMPLING: Params = {
    "stream": _FLAG,
    "temperature": KINDS.number(0, 2),
    "top_p": KINDS.number(0, 1),
    "user": _TEXT,
}
_GENERATION: Params = {
    **_SAMPLING,
    "frequency_penalty": KINDS.number(-2, 2),
    "logit_bias": KINDS.table(each=KINDS.integer(-100, 100)),
    "max_tokens": _AT_LEAST_ONE,
    "n": KINDS.integer(1, _MOST_CHOICES),
    "presence_penalty": KINDS.number(-2, 2),
    "seed": KINDS.integer(-_LARGEST_SEED - 1, _LARGEST_SEED),
    "stream_options": KINDS.table({"include_obfuscation": _FLAG, "include_usage": _FLAG}),
}
_SENDER: Params = {
    "prompt_cache_key": _TEXT,
    "prompt_cache_retention": _RETENTION,
    "safety_identifier": KINDS.text(128),
}

CHAT: Params = {
    **_GENERATION,
    **_SENDER,
    "audio": KINDS.table(
        {
            "format": KINDS.one_of("wav", "aac", "mp3", "flac", "opus", "pcm16"),
            "voice": _TEXT | KINDS.table({"id": _TEXT}),
        }
    ),
    "function_call": KINDS.one_of("none", "auto") | KINDS.table({"name": _TEXT}),
    "functions": KINDS.listed(
        KINDS.table({"description": _TEXT, "name": _TEXT, "parameters": _OBJECT}),
        "an array of objects",
    ),
    "logprobs": _FLAG,
    "max_completion_tokens": _AT_LEAST_ONE,
    "modalities": KINDS.listed(KINDS.one_of("text", "audio")),
    "moderation": _MODERATION,
    "parallel_tool_calls": _FLAG,
    "prediction": KINDS.table(
        {
            "content": _TEXT
            | KINDS.listed(
                KINDS.table(
                    {
                        "prompt_cache_breakpoint": KINDS.table(
                            {"mode": KINDS.one_of("explicit"), "ttl": _LIFE}
                        ),
                        "text": _TEXT,
                        "type": KINDS.one_of("text"),
                    }
                ),
                "an array of objects",
            ),
            "type": KINDS.one_of("content"),
        }
    ),
    "prompt_cache_options": KINDS.table({"mode": _CACHE_MODE, "ttl": KINDS.one_of("30m")}),
    "reasoning_effort": KINDS.one_of(*EFFORTS),
    "response_format": _FORM,
    "service_tier": KINDS.one_of("auto", "default", "flex", "scale", "priority", "fast"),
    "store": _FLAG,
    "tool_choice": _CHOICE,
    "top_logprobs": KINDS.integer(0, MOST_ALTERNATIVES),
    "verbosity": _LEVEL,
    "web_search_options": KINDS.table(
        {
            "search_context_size": _LEVEL,
            "user_location": KINDS.table(
                {
                    "approximate": KINDS.table(
                        {"city": _TEXT, "country": _TEXT, "region": _TEXT, "timezone": _TEXT}
                    ),
                    "type": KINDS.one_of("approximate"),
                }
            ),
        }
    ),
}

COMPLETION: Params = {
    **_GENERATION,
    "best_of": KINDS.integer(1, _MOST_BEST_OF),
    "echo": _FLAG,
    "logprobs": KINDS.integer(0, _MOST_LOGPROBS),
    "suffix": _TEXT,
}

# What a conversation is read from, by every endpoint that goes on from one.
_CONVERSATION: Params = {
    "conversation": _TEXT | KINDS.table({"id": _TEXT}),
    "instructions": _TEXT,
    "previous_response_id": _TEXT,
}

RESPONSE: Params = {
    **_SAMPLING,
    **_SENDER,
    **_CONVERSATION,
    "access_programs": KINDS.table(
        {"cyber": KINDS.one_of("standard", "daybreak_blue", "daybreak_red")}
    ),
    "background": _FLAG,
    "background_options": KINDS.table(
        {"completion_window": KINDS.one_of("soonest", "2h", "8h"), "continuation_id": _TEXT}
    ),
    "context_management": KINDS.listed(
        KINDS.table({"compact_threshold": KINDS.integer(), "type": _TEXT}), "an array of objects"
    ),
    "image": _IMAGE,
    "include": KINDS.listed(_INCLUDABLE),
    "max_output_tokens": _AT_LEAST_ONE,
    "max_tool_calls": _AT_LEAST_ONE,
    "moderation": _MODERATION,
    "parallel_tool_calls": _FLAG,
    "prompt": KINDS.table(
        {"id": _TEXT, "variables": KINDS.table(each=_TEXT | _OBJECT), "version": _TEXT}
    ),
    "prompt_cache_options": KINDS.table(
        {
            "comparison_response_id": _TEXT,
            "mode": _CACHE_MODE,
            "prewarm": _FLAG,
            "ttl": _LIFE,
        }
    ),
    "reasoning": _REASONING,
    "service_tier": KINDS.one_of(
        "auto", "default", "flex", "scale", "priority", "fast", "ultrafast"
    ),
    "store": _FLAG,
    "stream_options": KINDS.table({"include_obfuscation": _FLAG}),
    "text": _TEXT_FORM,
    "tool_choice": _CHOICE,
    "top_logprobs": KINDS.integer(0, MOST_ALTERNATIVES),
    "truncation": KINDS.one_of("auto", "disabled"),
}

COMPACTION: Params = {
    **_CONVERSATION,
    "image": _IMAGE,
    "prompt_cache_key": _TEXT,
    "prompt_cache_options": KINDS.table({"mode": _CACHE_MODE, "ttl": KINDS.one_of("30m")}),
    "prompt_cache_retention": _RETENTION,
    "service_tier": KINDS.one_of("auto", "default", "fast", "flex", "priority"),
}

INPUT_TOKENS: Params = {
    **_CONVERSATION,
    "parallel_tool_calls": _FLAG,
    "personality": _TEXT,
    "reasoning": _REASONING,
    "text": _TEXT_FORM,
    "tool_choice": _CHOICE,
    "truncation": KINDS.one_of("auto", "disabled"),
}

EMBEDDING: Params = {
    "dimensions": _AT_LEAST_ONE,
    "encoding_format": KINDS.one_of("float", "base64"),
    "user": _TEXT,
}
