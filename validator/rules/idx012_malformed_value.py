from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule

_KINDS = {
    "bytes": ("number of bytes", "write the size as digits alone, without units or separators; `wc -c` tells it"),
    "sha256": (
        "SHA-256 digest",
        "write 64 hexadecimal digits, as `sha256sum` prints them; leave the cell empty if unknown",
    ),
    "date": ("date", "write the date as 2024-05-31, 2024-05 or 2024, or leave the cell empty"),
}
_SHOWN = 80


@index_rule(
    code="IDX012",
    name="malformed-value",
    severity="error",
    message="{value!r} is no {kind}",
    help="correct the value, or leave the cell empty",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | bytes | date |\n|--|--|--|\n| a.txt | 2 | 1887-05 |\n| b.txt | - | |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n"
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | bytes |\n|--|--|\n| a.txt | 2 KB |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | sha256 |\n|--|--|\n| a.txt | 73cb3858a6 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
            note="a digest that was cut short",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | date |\n|--|--|\n| a.txt | 2023-02-29 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
            note="no such day",
        ),
    ],
)
def malformed_value(scope: Scope) -> Iterator[Hit]:
    """A size, digest or date in the index is none.

    A size or a digest that cannot be read guards nothing: the document could change and nobody would know.
    Sizes are digits alone, digests 64 hexadecimal digits, dates follow ISO 8601 (a year, a month or a day,
    also with a time). What is not known is left empty.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind in _KINDS:
            kind, help = _KINDS[defect.kind]
            value = defect.detail if len(defect.detail) <= _SHOWN else defect.detail[:_SHOWN] + "…"
            yield Hit(defect.span, {"value": value, "kind": kind}, help, at=scope.index.place)


@malformed_value.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_cell(tree, random, 2, b"12k")
