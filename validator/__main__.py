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
    *("baseline", "drill", "lsp"),
)


def main() -> None:
    """Run ``validate`` and exit with its code."""
    if sys.stderr is None:  # what is said there must not end up in standard output, among data
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no linear algebra is done, and no threads may be had for it
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
    except MemoryError:
        pass  # what is held here is let go of before anything else is done
    except Exception as error:
        if os.environ.get("VALIDATE_DEBUG"):
            raise
        if not _has_no_room(error):
            return _own_defect(error)
    return _short_of_memory()


def _own_defect(error: Exception) -> int:
    from validator.checking import complain

    where = f"{type(error).__name__}: {error}".replace("\n", " ")
    return complain(f"this is a defect of the validator, not of your files: {where} (VALIDATE_DEBUG=1 shows more)")


def _has_no_room(error: Exception) -> bool:
    """Whether memory ran out, as the loaders of shared libraries and of modules say it.

    Python's parser, where it runs out of memory, may take our own files for wrong.
    """
    if isinstance(error, SyntaxError):
        return True
    said = ("failed to map segment", "cannot allocate memory", "without exception set", "without setting an exception")
    return isinstance(error, (ImportError, SystemError)) and any(one in str(error) for one in said)


def _short_of_memory() -> int:
    """Say so with what is here already, since there may be no room for more."""
    try:
        os.write(2, b"error: memory ran out: leave this program more of it, or check with fewer processes (-j 1)\n")
    except OSError:
        pass
    return 2


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
