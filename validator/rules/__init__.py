"""The catalogue: one rule a file, found by being there, and listed in a table that ``contracts.py`` writes.

To choose rules and to know when to wake them, the table is enough; the file of a rule is imported when
the rule has something to look at.
"""

from __future__ import annotations

import os

from validator.model import TYPE_CHECKING, value
from validator.rules.table import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.rule import Rule


@value
class Listed:
    """What the table says of a rule; for its parts see ``rule.py``."""

    code: str
    name: str
    scope: str
    default: bool
    always: bool
    wakes: int
    raw: bool

    def load(self) -> Rule:
        """The rule itself, from its file."""
        if self.code not in _rules:
            function = self.name.replace("-", "_")
            module = __import__(f"{__name__}.{self.code.lower()}_{function}", fromlist=[function])
            _rules[self.code] = getattr(module, function)
        return _rules[self.code]


def listing() -> Sequence[Listed]:
    """Every rule in the table, in order of code, without importing any."""
    if not _listed:
        _listed.extend(Listed(*row) for row in ROWS)
    return _listed


def catalogue() -> Sequence[Rule]:
    """Every rule, in order of code."""
    if not _loaded:
        from importlib import import_module

        from validator.rule import Rule

        here = os.path.dirname(__file__)
        for file in sorted(os.listdir(here)):
            if file.endswith(".py") and not file.startswith("_"):
                module = import_module(f"{__name__}.{file[:-3]}")
                _loaded.extend(part for part in vars(module).values() if isinstance(part, Rule))
    return _loaded


_listed: list[Listed] = []
_loaded: list[Rule] = []
_rules: dict[str, Rule] = {}
