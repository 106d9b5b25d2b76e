"""How the documents and the findings are distributed, as rows of bars."""

from __future__ import annotations

from collections import Counter

from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Item, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROWS = 10
"""How many rows a chart has; what is rarer goes into one more."""
SCRIPTS = {
    "Arab": "Arabic",
    "Armn": "Armenian",
    "Beng": "Bengali",
    "Cyrl": "Cyrillic",
    "Deva": "Devanagari",
    "Ethi": "Ethiopic",
    "Geor": "Georgian",
    "Grek": "Greek",
    "Gujr": "Gujarati",
    "Guru": "Gurmukhi",
    "Hang": "Hangul",
    "Hani": "Han",
    "Hebr": "Hebrew",
    "Hira": "Hiragana",
    "Kana": "Katakana",
    "Khmr": "Khmer",
    "Knda": "Kannada",
    "Laoo": "Lao",
    "Latn": "Latin",
    "Mlym": "Malayalam",
    "Mymr": "Myanmar",
    "Orya": "Oriya",
    "Sinh": "Sinhala",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Thai": "Thai",
    "Tibt": "Tibetan",
}
"""Names of scripts by their codes (ISO 15924); others are shown by the code."""


@value
class Bar:
    """A row: how long the bar is, in hundredths of the longest, and what it counts."""

    label: str
    count: int
    percent: float


@value
class RuleBar:
    """How often a rule speaks, and how bad it is at worst."""

    code: str
    name: str
    severity: str
    count: int
    percent: float


def bars(kinds: Iterable[str], nameless: str) -> list[Bar]:
    """How many of each kind there are, the most frequent first; the empty kind is called ``nameless``."""
    counts = Counter(kind or nameless for kind in kinds)
    found = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = found[_ROWS:]
    if len(rest) > 1:
        found = [*found[:_ROWS], (f"{len(rest):,} others", sum(count for _, count in rest))]
    most = max((count for _, count in found), default=1)
    return [Bar(label, count, _percent(count, most)) for label, count in found]


def by_script(items: Iterable[Item]) -> list[Bar]:
    """Documents by the script of most of their letters."""
    return bars((SCRIPTS.get(item.script, item.script) for item in items), "no letters")


def by_size(sizes: Sequence[int]) -> list[Bar]:
    """Documents by size, in bins that begin at 1, 3, 10, 30 … bytes and end where the next begins."""
    counts = Counter(map(_bin, sizes))
    most = max(counts.values(), default=1)
    bins = range(min(counts, default=0), max(counts, default=-1) + 1)
    return [Bar(_range(n), counts[n], _percent(counts[n], most)) for n in bins]


def _range(number: int) -> str:
    return f"{short_size(_edge(number))} – {short_size(_edge(number + 1))}" if number else "empty"


def _edge(number: int) -> int:
    """Where a bin begins: 0 for the empty documents, then 1, 3, 10, 30 …"""
    return (1, 3)[(number - 1) % 2] * 10 ** ((number - 1) // 2) if number else 0


def _bin(size: int) -> int:
    digits = len(str(size))
    return 2 * digits - (1 if size < 3 * 10 ** (digits - 1) else 0) if size else 0


def by_rule(findings: Iterable[Finding]) -> list[RuleBar]:
    """Findings by rule, the severe rules first, then the frequent."""
    counts: Counter[tuple[str, str]] = Counter()
    worst: dict[tuple[str, str], int] = {}
    for finding in findings:
        rule = (finding.code, finding.name)
        counts[rule] += 1 + finding.more
        worst[rule] = min(worst.get(rule, len(SEVERITIES)), SEVERITIES.index(finding.severity))
    most = max(counts.values(), default=1)
    found = sorted(counts.items(), key=lambda one: (worst[one[0]], -one[1], one[0]))
    return [RuleBar(*rule, SEVERITIES[worst[rule]], count, _percent(count, most)) for rule, count in found]


def _percent(count: int, most: int) -> float:
    return round(max(100 * count / most, 0.6 if count else 0), 1)


def short_size(size: float) -> str:
    """Bytes in few characters, such as ``4.2 kB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            digits = f"{size:.1f}".removesuffix(".0") if size < 9.95 else f"{size:.0f}"
            return f"{digits} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
