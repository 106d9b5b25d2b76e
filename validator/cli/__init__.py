"""The commands and their options, with Typer: one file for each kind of command."""

from __future__ import annotations

from validator import checking
from validator.cli import check, make, tell
from validator.cli.root import app

__all__ = ["app", "check", "make", "run", "tell"]


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        code = app(arguments, prog_name="validate", standalone_mode=True)
    except OSError as error:
        return checking.complain(f"cannot go on: {(error.strerror or str(error)).lower()}")
    except SystemExit as leave:
        code = leave.code
    return code if isinstance(code, int) else 0
