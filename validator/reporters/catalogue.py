"""What the rules say of themselves, for formats that explain them beside the findings."""

from __future__ import annotations

from validator.model import TYPE_CHECKING
from validator.rules import listing

if TYPE_CHECKING:
    from validator.rule import Rule


def rule(code: str) -> Rule | None:
    """The rule with a code, from its file; ``None`` where no rule of this version has it."""
    return next((listed.load() for listed in listing() if listed.code == code), None)
