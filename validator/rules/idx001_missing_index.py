from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX001",
    name="missing-index",
    severity="error",
    message="the folder has no INDEX.md, which says what belongs to the collection",
    help="`validate index` writes one; by hand, begin with the two lines `| name | bytes | sha256 |` and "
    "`|------|------:|--------|`, and add a row for each document",
    good=[
        Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n"),
        Good(
            {"all.bundle": b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"},
            "a folder with nothing but a container that has an index of its own",
        ),
    ],
    bad=[
        Bad(b"<<<FILE 0 a.txt>>>\nx\n\n", [""]),
        Bad(
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 index.md>>>\n- [A](a.txt)\n\n",
            [""],
            note="the help names the file that was probably meant",
        ),
    ],
)
def missing_index(scope: Scope) -> Iterator[Hit]:
    """A folder has no INDEX.md.

    Without a list of what should be there, nobody can tell that a document was lost, added or changed.
    Write an INDEX.md with a table: a column `name`, and `bytes` and `sha256` to guard the content. The
    name is written just so, in capitals with a small suffix; a file that seems to be meant is named.
    """
    if scope.index is None and scope.needs_index:
        meant = next((record.name for record in scope.records if _is_nearly(record.name)), None)
        yield Hit(help=f"if {meant!r} lists the documents, rename it to {manifest.NAME}" if meant is not None else "")


def _is_nearly(name: str) -> bool:
    stem, _, suffix = name.lower().partition(".")
    return stem == "index" and suffix in ("", "md", "markdown", "txt", "md.txt")


@missing_index.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    if manifest.NAME not in tree or all(spot.block for spot in faults.documents(tree)):
        raise faults.Inapplicable("there is no index to lose, with files that need it")
    del tree[manifest.NAME]
