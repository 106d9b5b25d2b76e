from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import TYPE_CHECKING, Hit, Scope
from validator.rule import Bad, Good, index_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from validator.model import Record

_SUGGESTIONS = 20
_CANDIDATES = 2000
_LONG = 200
_INDEXES = (manifest.NAME, manifest.COLUMNAR)


@index_rule(
    code="IDX002",
    name="missing-document",
    severity="error",
    message="the index lists {name!r}, which {state}",
    help="put the document back, or take its entry out of the index",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(b"<<<FILE INDEX INDEX.md>>>\n- [B](b.txt)\n\n", ["INDEX.md:1:7"]),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name |\n|------|\n| `winter.txt` |\n\n<<<FILE 0 wintr.txt>>>\nx\n\n",
            ["INDEX.md:3:4"],
            note="a file with nearly that name is there and not listed",
            also=["IDX003"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](old/INDEX.md)\n- [B](old/b.txt)\n\n"
            b"<<<FILE 1 old/INDEX.md>>>\n- [B](b.txt)\n\n<<<FILE 2 old/b.txt>>>\nx\n\n",
            ["INDEX.md:2:7"],
            note="the index of the folder below lists its documents; this one lists that index",
        ),
    ],
)
def missing_document(scope: Scope) -> Iterator[Hit]:
    """The index lists a document that is not there.

    It was deleted, renamed, moved, or never added. Put it back, correct the entry, or take the entry
    out. Where a file with the same name in another folder, or with nearly the same name, is there and not
    listed, the help names it. A folder with an INDEX.md of its own lists its documents itself.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind == "rows-missing":
            help = "put the file back, or correct `rows` in the front matter"
            yield Hit(defect.span, {"name": defect.detail, "state": "is not there"}, help, at=scope.index.place)
    folders = {f"{folder}/": name for folder, name in map(_parted, scope.records) if name in _INDEXES and folder}
    unlisted = [record.name for record in scope.unlisted]
    elsewhere = {name.rpartition("/")[2]: name for name in unlisted}
    for number, entry in enumerate(scope.missing):
        state, help = "is not there", ""
        near = elsewhere.get(entry.name.rpartition("/")[2])
        governing = _folder_of(entry.name, folders)
        if governing:
            state = f"another index answers for: {governing + folders[governing]!r}"
            help = "list it there and take it out here"
        elif entry.name.endswith("/"):
            help = "this names a folder: list its documents, or its INDEX.md"
        elif near is not None:
            help = f"{near!r} is there and not listed: was the document moved?"
        elif unlisted and number < _SUGGESTIONS:
            near = _nearest(entry.name, unlisted[:_CANDIDATES])
            help = f"{near!r} is there and not listed: is it the same document?" if near is not None else ""
        span = manifest.locate(scope.index, entry)
        yield Hit(span, {"name": entry.name, "state": state}, help, at=scope.index.place)


def _parted(record: Record) -> tuple[str, str]:
    folder, _, name = record.name.rpartition("/")
    return folder, name


def _folder_of(name: str, folders: Mapping[str, str]) -> str:
    """The folder with an index of its own in which a name lies, or nothing."""
    at = name.find("/", 0, _LONG) if folders else -1
    while at >= 0:
        if name[: at + 1] in folders:
            return name[: at + 1]
        at = name.find("/", at + 1, _LONG)
    return ""


def _nearest(name: str, candidates: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    short = [candidate for candidate in candidates if len(candidate) <= _LONG]
    return next(iter(get_close_matches(name, short, 1)), None) if len(name) <= _LONG else None


@missing_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spot = faults.listed(tree, random).spot
    faults.remove(tree, spot)
    if not spot.block:
        faults.drop_copies(tree, spot.file)
