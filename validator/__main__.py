"""The door of the command line: plain paths go straight to work, nearly everything else to Typer."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMMANDS = (
    *("check", "fix", "index", "pack", "unpack", "diff", "rules", "explain", "config", "cache"),
    *("baseline", "lsp"),
)


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

            paths, flags = found
            return command(paths, Flags(**flags))
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


_SWITCHES = {"--tracked": "tracked", "--cache": "cache", "--quiet": "quiet", "-q": "quiet"}
"""Options that need no other words, and what they are called in ``checking.Flags``."""


def plain(arguments: list[str]) -> tuple[list[str], dict[str, Any]] | None:
    """The paths, and the flags that hooks and long runs need, if the command line holds nothing else.

    Importing Typer would cost more than the check. Anything that could mean something else is left to it: other
    options, commands, a missing path, patterns that a Windows shell has not expanded, and completion.
    """
    words = iter(arguments[arguments[:1] == ["check"] :])
    if arguments and arguments[0] in COMMANDS and arguments[0] != "check":
        return None
    paths: list[str] = []
    flags: dict[str, Any] = {}
    for word in words:
        if word in _SWITCHES:
            flags[_SWITCHES[word]] = True
        elif word in ("-j", "--jobs"):
            number = next(words, "")
            if not (number.isascii() and number.isdigit() and len(number) <= 4):
                return None
            flags["jobs"] = int(number)
        elif word[:1] in ("-", "") and word != "-":
            return None
        else:
            paths.append(word)
    if not paths or any(name.endswith("_COMPLETE") for name in os.environ):
        return None
    if os.name == "nt" and any("*" in path or "?" in path for path in paths):
        return None
    return (paths, flags) if all(path == "-" or os.path.lexists(path) for path in paths) else None


if __name__ == "__main__":
    main()
