"""The `workshop` command line: find the subcommand, give it the Python it needs, run it."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sysconfig
from pathlib import Path
from types import ModuleType

from workshop import __version__
from workshop.bootstrap import find_prepared, prepared
from workshop.bootstrap_environment import running, runs_in
from workshop.bootstrap_paths import Clone, this_clone
from workshop.bootstrap_process import hand_over
from workshop.bootstrap_stop import Stop, command
from workshop.cli_help import COMMANDS, Command, overview


def main(arguments: list[str]) -> int:
    """Run `workshop <arguments>` and return its exit code. Raises Stop."""
    if not arguments or arguments[0] in {"-h", "--help"} or arguments == ["help"]:
        print(overview())
        return 0
    if arguments[0] in {"-V", "--version"}:
        print(f"workshop {__version__}")
        return 0
    if arguments[0] == "help":
        arguments = [arguments[1], "--help"]
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        raise _unknown(name)
    chosen = COMMANDS[name]
    clone = this_clone()
    asks_for_help = "-h" in rest or "--help" in rest
    if chosen.needs == "set-up" and not asks_for_help:
        # Arguments first: a mistyped option should not cost a set-up.
        parsed = _parse(chosen, _module(chosen), rest)
        _continue_in(prepared(clone, chosen.kind, name), arguments)
    else:
        if chosen.needs == "packages":
            _require_packages(clone, arguments)
        parsed = _parse(chosen, _module(chosen), rest)
    return int(_module(chosen).run(parsed))


def _require_packages(clone: Clone, arguments: list[str]) -> None:
    ready = find_prepared(clone)
    if ready is not None:
        _continue_in(ready, arguments)
    elif running().missing(clone.lock("course")):
        raise Stop(
            f"'workshop {arguments[0]}' needs the course's packages, and they are not there yet.",
            f"{command('lab')} sets them up and starts the course "
            f"({command('test')} sets them up and runs the tests)",
        )


def _continue_in(python: Path, arguments: list[str]) -> None:
    """Go on in this process if it runs `python`'s environment, else hand over to it."""
    if python == running().python or runs_in(python.parent.parent):
        # Tools that call each other by bare name (nbgrader calls alembic) find each other.
        scripts = sysconfig.get_path("scripts")
        if os.environ.get("PATH", "").split(os.pathsep)[0] != scripts:
            os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", os.defpath)
        return
    unwanted = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"}
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    hand_over([os.fspath(python), "-m", "workshop", *arguments], environment)


def _parse(chosen: Command, module: ModuleType, rest: list[str]) -> argparse.Namespace:
    examples = "\n".join(f"  {command(line)}" for line in getattr(module, "EXAMPLES", ()))
    parser = argparse.ArgumentParser(
        prog=f"workshop {chosen.name}",
        description=f"{module.SUMMARY[:1].upper()}{module.SUMMARY[1:]}.",
        epilog=f"examples:\n{examples}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser.parse_args(rest)


def _module(chosen: Command) -> ModuleType:
    try:
        return importlib.import_module(chosen.module)
    except ModuleNotFoundError as error:
        if error.name is None or not chosen.module.startswith(error.name):
            raise
        raise Stop(
            f"'workshop {chosen.name}' is not part of this clone ({chosen.module} is not there).",
            "git pull, or 'workshop --help' for the commands that are there",
        ) from None


def _unknown(name: str) -> Stop:
    near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
    step = command(near[0]) if near else f"{command('--help')} shows what there is"
    return Stop(f"there is no command {name!r}.", step, code=2)
