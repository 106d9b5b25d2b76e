"""The catalogue: one rule a file, found by being there."""

from __future__ import annotations

import importlib
import os

from validator.model import TYPE_CHECKING
from validator.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

_loaded: list[Rule] = []


def catalogue() -> Sequence[Rule]:
    """Every rule, in order of code."""
    if not _loaded:
        here = os.path.dirname(__file__)
        for file in sorted(os.listdir(here)):
            if file.endswith(".py") and not file.startswith("_"):
                module = importlib.import_module(f"{__name__}.{file[:-3]}")
                _loaded.extend(part for part in vars(module).values() if isinstance(part, Rule))
    return _loaded
