"""Checks the integrity of document collections: folders with an index, containers, and the text in them.

``validator.check("seeds/")`` returns a ``Report`` with its ``Finding``s.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Options, Report, UsageError
from validator.version import __version__

if TYPE_CHECKING:
    import os

__all__ = ["Finding", "Options", "Report", "UsageError", "__version__", "check"]


def check(*paths: str | os.PathLike[str], options: Options | None = None) -> Report:
    """Check folders, containers or documents; without paths, the working folder.

    Without ``options`` the nearest settings file of each path applies, as on the command line; with them,
    none does. Raises ``UsageError`` for a path, settings or a rule that there is not.
    """
    from validator.checking import Flags, Job, plan, run

    words = [str(path) for path in paths]
    if options is None:
        return run(plan(words, Flags()), Flags())
    return run([Job(path, options, "error", "full", None) for path in words or ["."]], Flags())
