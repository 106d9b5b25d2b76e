"""The door of the command line: plain paths go straight to work, everything else to Typer."""

from __future__ import annotations

import os
import sys

COMMANDS = ("check", "fix", "index", "pack", "unpack", "diff", "rules", "explain", "config")


def main() -> None:
    """Run ``validate`` and exit with its code."""
    sys.exit(_guarded(sys.argv[1:]))


def _guarded(arguments: list[str]) -> int:
    try:
        os.getcwd()
    except OSError:  # nothing can be found, read or even imported reliably from nowhere
        from validator.checking import complain

        return complain("the working folder does not exist any more: go to one that does")
    try:
        paths = plain_paths(arguments)
        if paths is not None:
            from validator.checking import Flags, command

            return command(paths, Flags())
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


def plain_paths(arguments: list[str]) -> list[str] | None:
    """The paths, if the command line holds nothing else; importing Typer would cost more than the check.

    Anything that could mean something else is left to Typer: options, commands, a missing path,
    patterns that a Windows shell has not expanded, and completion.
    """
    if arguments[:1] == ["check"]:
        arguments = arguments[1:]
    elif arguments and arguments[0] in COMMANDS:
        return None
    if not arguments or any(word[:1] in ("-", "") and word != "-" for word in arguments):
        return None
    if any(name.endswith("_COMPLETE") for name in os.environ) or (
        os.name == "nt" and any("*" in a or "?" in a for a in arguments)
    ):
        return None
    return arguments if all(word == "-" or os.path.lexists(word) for word in arguments) else None


if __name__ == "__main__":
    main()
