from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import departures, documents, intended, parts
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule

_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LIMIT = 128
_EXPLAINED = frozenset(("too-long", "key-value", "separator", "unterminated"))


@container_rule(
    code="CON026",
    name="malformed-id",
    severity="error",
    message="the id {id!r} {reason}",
    help="use letters of A to Z, digits, dots, underscores and hyphens, 128 of them at most",
    good=[
        Good(b"<<<FILE 007 a.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(b"<<<FILE R-2.1_b a.txt>>>\nx\n\n<<<END 1>>>\n"),
    ],
    bad=[
        Bad(b"<<<FILE #7 a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:9"]),
        Bad("<<<FILE n° a.txt>>>\nx\n\n<<<END 1>>>\n".encode(), ["all.bundle:1:9"]),
        Bad(b"<<<FILE " + 129 * b"7" + b" a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:9"]),
    ],
)
def malformed_id(container: Container) -> Iterator[Hit]:
    """An id holds something other than letters of A to Z, digits, dots, underscores and hyphens.

    Ids are written into tables, addresses and file names, and typed by people; what needs quoting there
    or has a twin that looks the same leads to mistakes. An id begins with a letter or a digit and has at
    most 128 characters.
    """
    for block, _ in documents(container):
        if _is_sound(block.id) or not _EXPLAINED.isdisjoint(departures(block)):
            continue
        identifier = intended(block)[0].decode("utf-8", "surrogateescape")
        if identifier:
            yield Hit(parts(block)[0], {"id": identifier[:80], "reason": _reason(identifier)})


def _reason(identifier: str) -> str:
    odd = [c for c in identifier if not (c.isascii() and (c.isalnum() or c in "._-"))]
    if odd:
        return f"holds {odd[0]!r}"
    return "begins with a mark" if identifier[0] in "._-" else f"has {len(identifier)} characters"


def _is_sound(identifier: bytes) -> bool:
    return len(identifier) <= _LIMIT and identifier[:1] in _ALNUM and not identifier.translate(None, _ALNUM + b"._-")


@malformed_id.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    odd = random.choice([b"#", b"-", "é".encode(), b"("])
    faults.edit_header(tree, random, lambda line: line.replace(b"<<<FILE ", b"<<<FILE " + odd))
