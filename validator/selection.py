"""Which rules the options choose, and what a selector means."""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Options, UsageError
from validator.rules import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.rules import Listed


def selected(options: Options) -> list[Listed]:
    """The rules that the options choose: the longest selector that fits a rule decides; a tie excludes.

    Rules that are always on are not for choosing. Raises ``UsageError`` for a selector that fits no rule.
    """
    rules = listing()
    per_file = [selector for _, selectors in options.per_file_ignores for selector in selectors]
    for selector in (*options.select, *options.extend_select, *options.ignore, *per_file):
        if not any(fit(rule, selector) for rule in rules):
            raise UsageError(unknown(selector, rules))

    def chosen(rule: Listed) -> bool:
        wanted = [fit(rule, s) for s in (*options.select, *options.extend_select)]
        if not options.select and rule.default:
            wanted.append(1)
        return max(wanted, default=0) > max((fit(rule, s) for s in options.ignore), default=0)

    return [rule for rule in rules if rule.always or chosen(rule)]


def fit(rule: Listed, selector: str) -> int:
    """How exactly a selector names a rule: 0 not at all, 1 as one of all, up to its whole code or name."""
    if selector == rule.name:
        return 1 + len(rule.code)
    if selector.upper() == "ALL":
        return 1
    return 1 + len(selector) if selector and rule.code.startswith(selector.upper()) else 0


def unknown(selector: str, rules: Sequence[Listed]) -> str:
    """What to say of a selector that fits no rule; the one that was meant is looked for among those given."""
    from difflib import get_close_matches

    known = [word for rule in rules for word in (rule.code, rule.name)] + ["ALL"]
    said = selector if len(selector) <= _LONG else f"{selector[:_LONG]}…"
    near = get_close_matches(said.upper(), known, 1) or get_close_matches(said.lower(), known, 1)
    hint = f"; did you mean {near[0]}?" if near else "; `validate rules` lists them"
    return f"no rule is called {said!r}{hint}"


_LONG = 80
"""Characters of a selector that a message shows."""
