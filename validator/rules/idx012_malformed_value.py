from __future__ import annotations

from collections.abc import Callable, Iterator

from validator import faults, manifest
from validator.model import Edit, Fix, Hit, Scope, Span
from validator.rule import Bad, Good, index_rule

_KINDS = {
    "bytes": ("number of bytes", "write the size as digits alone, without units or separators; `wc -c` tells it"),
    "sha256": (
        "SHA-256 digest",
        "write 64 hexadecimal digits, as `sha256sum` prints them; leave the cell empty if unknown",
    ),
    "blake3": (
        "BLAKE3 digest",
        "write 64 hexadecimal digits, as `b3sum` prints them; leave the cell empty if unknown",
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
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | blake3 |\n|--|--|\n| a.txt | 44c77418e2 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | date |\n|--|--|\n| a.txt | 2023-02-29 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
            note="no such day",
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name | bytes | sha256 | date |\n|--|--:|--|--|\n"
                b"| a.txt | 2 bytes "
                b"| `SHA-256: 73CB3858 A687A849 4CA33230 53016282 F3DAD39D 42CF62CA 4E79DDA2 AAC7D9AC` "
                b"| 31 May 1887 |\n\n<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:4:11", "all.bundle:4:21", "all.bundle:4:106"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | bytes | sha256 | date |\n|--|--:|--|--|\n"
            b"| a.txt |       2 | `73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac`                 "
            b"| 1887-05-31  |\n\n<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n",
            note="what is meant is plain",
        ),
    ],
)
def malformed_value(scope: Scope) -> Iterator[Hit]:
    """A size, digest or date in the index is none.

    A size or a digest that cannot be read guards nothing: the document could change and nobody would know.
    Sizes are digits alone, digests 64 hexadecimal digits, dates follow ISO 8601 (a year, a month or a day,
    also with a time). What is not known is left empty.

    The fix writes a value in that form where only its spelling is another: `1,204 bytes`, a digest in groups
    or behind a label, `31 May 1887`. A date such as 05/06/1887, whose month cannot be told, is left to you.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind in _KINDS:
            kind, help = _KINDS[defect.kind]
            value = defect.detail if len(defect.detail) <= _SHOWN else defect.detail[:_SHOWN] + "…"
            fix = _fix(scope.index.data, defect.span, _READERS[defect.kind])
            yield Hit(defect.span, {"value": value, "kind": kind}, help, at=scope.index.place, fix=fix)


def _fix(data: bytes, cell: Span, read: Callable[[str], str]) -> Fix | None:
    """What writes the value of a cell as it should be, in as much room and in the same backticks."""
    raw = data[cell.start : cell.end]
    ticks = b"`" if raw[:1] == raw[-1:] == b"`" else b""
    value = read(" ".join(raw.strip(b"` \t").decode("utf-8", "replace").split())).encode()
    room = cell.end - cell.start
    text = ticks + value + ticks
    return Fix((Edit(cell, text.rjust(room) if read is _bytes else text.ljust(room)),)) if value else None


def _bytes(text: str) -> str:
    """The digits of a size in bytes that is written with groups or a unit; empty where it is none."""
    import re

    found = re.fullmatch(r"(\d{1,18}|\d{1,3}([ ,_'’])\d{3}(?:\2\d{3}){0,4}) ?(?:bytes?|octets?|B)?", text, re.ASCII)
    return re.sub(r"\D", "", found[1]) if found else ""


def _digest(text: str) -> str:
    """The digits of a digest that is written in groups, behind a label, or in quotes; else empty."""
    import re

    bare = re.sub(r"^(?:(?:sha-?256|blake-?3)[ :=-]*|0x)", "", text.strip("\"'").lower())
    digits = re.sub(r"[ :-]", "", bare.strip("\"'"))
    return digits if re.fullmatch(r"[0-9a-f]{64}", digits) else ""


def _date(text: str) -> str:
    """A date of ISO 8601 for one in another form; empty where day, month and year cannot be told apart."""
    import re

    year = r"(?P<y>[12]\d{3})"
    forms = (
        rf"{year}([-/.])(?P<m>\d\d?)(?:\2(?P<d>\d\d?))?",
        rf"{year}(?P<m>\d\d)(?P<d>\d\d)",
        rf"(?P<d>\d\d?)([-/.])(?P<m>\d\d?)\2{year}",
        rf"(?P<m>\d\d?)([-/.])(?P<d>\d\d?)\2{year}",
        rf"(?:(?P<d>\d\d?)(?:st|nd|rd|th)?\.? )?(?P<m>[a-z]+)\.?,? {year}",
        rf"(?P<m>[a-z]+)\.? (?P<d>\d\d?)(?:st|nd|rd|th)?,? {year}",
    )
    read = {_iso(**found.groupdict()) for form in forms if (found := re.fullmatch(form, text.lower(), re.ASCII))}
    read.discard("")
    return read.pop() if len(read) == 1 else ""


def _iso(y: str, m: str, d: str | None) -> str:
    if m.isalpha():
        months = [number for number, name in enumerate(_MONTHS, 1) if m in (name, name[:3], name[:4])]
        m = str(months[0]) if months else "0"
    date = "-".join([y, f"{int(m):02}", *([f"{int(d):02}"] if d else [])])
    return date if manifest.is_date(date) else ""


_READERS = {"bytes": _bytes, "sha256": _digest, "blake3": _digest, "date": _date}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


@malformed_value.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_cells(tree, faults.listed(tree, random, faults.of_table("bytes")), {"bytes": b"12k"})
