"""The door of the command line: plain paths go straight to work, nearly everything else to Typer."""

from __future__ import annotations

import gc
import os
import sys

COMMANDS = ("check", "fix", "index", "pack", "unpack", "diff", "rules", "explain", "config", "cache")


def main() -> None:
    """Run ``validate`` and exit with its code."""
    gc.set_threshold(100_000)  # imports and records hardly leave anything that only a search would find
    sys.exit(_guarded(sys.argv[1:]))


def _guarded(arguments: list[str]) -> int:
    try:
        os.getcwd()
    except OSError:  # nothing can be found, read or even imported reliably from nowhere
        from validator.checking import complain

        return complain("the working folder does not exist any more: go to one that does")
    try:
        found = plain(arguments)
        if found is not None:
            from validator.checking import Flags, command

            paths, tracked = found
            return command(paths, Flags(tracked=tracked))
        from validator.cli import run

        return run(arguments)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("VALIDATE_DEBUG"):
            raise
        from validator.checking import complain

        where = f"{type(error).__name__}: {error}".replace("\n", " ")
        return complain(f"this is a defect of the validator, not of your files: {where} (VALIDATE_DEBUG=1 shows more)")


def plain(arguments: list[str]) -> tuple[list[str], bool] | None:
    """The paths and whether ``--tracked`` is among them, as hooks have it, if the command line holds nothing else.

    Importing Typer would cost more than the check. Anything that could mean something else is left to it: other
    options, commands, a missing path, patterns that a Windows shell has not expanded, and completion.
    """
    if arguments[:1] == ["check"]:
        arguments = arguments[1:]
    elif arguments and arguments[0] in COMMANDS:
        return None
    paths = [word for word in arguments if word != "--tracked"]
    if not paths or any(word[:1] in ("-", "") and word != "-" for word in paths):
        return None
    if any(name.endswith("_COMPLETE") for name in os.environ) or (
        os.name == "nt" and any("*" in path or "?" in path for path in paths)
    ):
        return None
    if not all(path == "-" or os.path.lexists(path) for path in paths):
        return None
    return paths, len(paths) < len(arguments)


if __name__ == "__main__":
    main()
