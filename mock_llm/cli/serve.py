"""`mock-llm serve`."""

import argparse
import gc
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mock_llm.cli.listening import open_listener, port, serve_until_stopped
from mock_llm.cli.says import nearest, refuse
from mock_llm.loopback import is_loopback
from mock_llm.scenario import shipped
from mock_llm.yamlfile import SettingError

if TYPE_CHECKING:
    from mock_llm.app import Application
    from mock_llm.scripted.replay import Recording

DEFAULT_PORT = 8100
_VARIABLE = "MOCK_LLM_ADMIN_TOKEN"
DESCRIPTION = "Serve OpenAI's API under /v1 and the admin interface under /_mock/."
EXAMPLES = """\
examples:
  mock-llm serve --scenario rate-limited --seed 7
  mock-llm serve --scenario instant --answers rules.yaml
  mock-llm serve --replay openai.jsonl --strict-replay --time-scale 0.1
  mock-llm serve --journal requests.sqlite
  mock-llm serve --model gpt-4o --model gpt-4o-mini=gpt-6-luna

Then, in another terminal or program:
  export OPENAI_BASE_URL=http://127.0.0.1:8100/v1 OPENAI_API_KEY=sk-anything
Any key works, and each opens a lab of its own: its faults, latency, journal and bill.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="port; 0 takes a free one (%(default)s)"
    )
    parser.add_argument(
        "--scenario",
        default="healthy",
        help=f"{', '.join(shipped())}, or a YAML file (%(default)s)",
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="a YAML file with rules that answer instead of the knowledge pack",
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME[=LIKE]",
        help="serve a model of this name too, which behaves and costs like another (without LIKE: "
        "like one that fits its name); may be repeated",
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="answer from this recording what is in it; see mock-llm record",
    )
    parser.add_argument(
        "--strict-replay", action="store_true", help="refuse what is not in the recording"
    )
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="write every request into this SQLite file as well; see mock-llm journal",
    )
    parser.add_argument(
        "--time-scale",
        type=_scale,
        default=1.0,
        help="what every wait is multiplied by, unless the scenario says: 0.1 is ten times as "
        "fast, 0 waits for nothing (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="what chance is drawn from (0)")
    parser.add_argument(
        "--log-level",
        default="warning",
        choices=("critical", "error", "warning", "info", "debug"),
        help="debug shows every request (%(default)s)",
    )
    parser.add_argument(
        "--admin-token",
        help="what /_mock/ asks for in X-Admin-Token; better by the environment variable "
        f"{_VARIABLE}, since everybody on the machine can read a command line",
    )
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="listen on an address that other machines reach; needs an admin token",
    )
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="a file with the keys that lead to a lab: a line for each lab, its keys with spaces "
        "between; no other key is known then",
    )
    parser.add_argument(
        "--any-key",
        action="store_true",
        help="let any key open a lab although other machines reach the server",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    remote = not is_loopback(options.host)
    admin_token = _admin_token(options)
    if remote and not (options.allow_remote and admin_token):
        unset = "" if admin_token else f", since {_VARIABLE} is not set"
        return refuse(
            f"{options.host} can be reached by other machines, and nobody would be asked for a "
            f"key of theirs{unset}.",
            f"mock-llm serve --host {options.host} --allow-remote --admin-token SECRET",
        )
    if options.strict_replay and options.replay is None:
        return refuse(
            "--strict-replay needs a recording.", "mock-llm serve --replay FILE --strict-replay"
        )
    from mock_llm.app import Application
    from mock_llm.keyring import read_keys
    from mock_llm.serving import address, make_server

    try:
        app = Application(
            registered_only=not options.any_key and (remote or options.keys is not None),
            keys=read_keys(options.keys) if options.keys else (),
            scenario=options.scenario,
            seed=options.seed,
            admin_token=admin_token,
            time_scale=options.time_scale,
            answers=options.answers,
            replay=options.replay,
            strict_replay=options.strict_replay,
            journal=options.journal,
            models=_own_models(options.model),
        )
    except SettingError as error:
        return refuse(str(error), _instead(options, str(error)))
    try:
        listener = open_listener("mock-llm serve", options.host, options.port)
        if listener is None:
            return 1
        logging.basicConfig(level=options.log_level.upper(), format="%(levelname)s %(message)s")
        if options.log_level == "warning":
            logging.getLogger("mock_llm.model.own_models").setLevel(logging.INFO)
        url = address(listener)

        def listening() -> None:
            print(
                f"mock_llm listens on {url} (scenario {app.scenario.name}, seed {options.seed}).\n"
                f"OPENAI_BASE_URL={url}/v1   {_about_keys(app)}   Ctrl-C ends it.",
                flush=True,
            )
            if app.recording is not None:
                print(_about(app.recording, app.unpriced), flush=True)

        server = make_server(app, options.log_level, listening)
        app.warm_up()
        _collect_seldom()
        serve_until_stopped(server, listener)
    finally:
        app.close()
    return 0


def _own_models(given: Sequence[str]) -> dict[str, str | None]:
    """What each model is like, by name; None leaves it to the name."""
    pairs = [each.partition("=") for each in given]
    return {name.strip(): like.strip() or None for name, _, like in pairs}


def _admin_token(options: argparse.Namespace) -> str | None:
    """What was typed, else what the environment says; nothing at all is no token."""
    typed: str | None = options.admin_token
    return (os.environ.get(_VARIABLE) if typed is None else typed) or None


def _about_keys(app: "Application") -> str:
    if not app.labs.registered_only:
        return "any OPENAI_API_KEY"
    if len(app.labs):
        return f"{len(app.labs)} registered keys"
    return "no key is registered yet: --keys FILE, or POST /_mock/keys"


def _collect_seldom() -> None:
    """Requests leave no reference cycles behind, and what is loaded by now stays: looking through
    all of it over and over would take a twentieth of the server's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _about(recording: "Recording", unpriced: Sequence[str]) -> str:
    """What is replayed, and which of it costs nothing for want of a price."""
    free = f" No price, so free of charge: {', '.join(unpriced)}." if unpriced else ""
    return f"Replays {len(recording)} recorded replies.{free}"


def _instead(options: argparse.Namespace, problem: str) -> str:
    """What to type next, by what was wrong."""
    for file in (options.answers, options.scenario):
        if file is not None and Path(file).is_file() and problem.startswith(str(file)):
            return f"mock-llm validate {file}"
    if problem.startswith("models: "):
        return "mock-llm serve --model gpt-4o=gpt-6.1-terra"
    if problem.startswith("journal "):
        return "mock-llm serve --journal requests.sqlite"
    if problem.startswith("recording ") and options.replay is not None:
        return f"mock-llm record --upstream https://api.openai.com/v1 --to {options.replay}"
    if problem.startswith("answers "):
        return "mock-llm serve --answers rules.yaml"
    if problem.startswith("keys ") and not Path(options.keys).exists():
        return f"echo sk-lab-ada > {options.keys}"
    if problem.startswith("keys "):
        return f"mock-llm serve --keys {options.keys}"
    likely = nearest(str(options.scenario), shipped(), "healthy")
    return f"mock-llm serve --scenario {likely}"


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = -1.0
    if not 0.0 <= scale < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time scale (0 or more)")
    return scale
