from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import within
from validator.model import Edit, Fix, Hit, Scope
from validator.names import is_plain
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX016",
    name="case-mismatched-name",
    severity="error",
    message="the index lists {name!r}, and the document{within} is called {other!r}: they differ in {way} only",
    help="give both the same spelling",
    good=[Good("<<<FILE INDEX INDEX.md>>>\n- [A](Ärger.txt)\n\n<<<FILE 0 Ärger.txt>>>\nx\n\n".encode())],
    bad=[
        Bad(b"<<<FILE INDEX INDEX.md>>>\n- [A](readme.txt)\n\n<<<FILE 0 README.txt>>>\nx\n\n", ["INDEX.md:1:7"]),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n- [A](readme.txt)\n\n"
                b"<<<FILE 0 README.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:2:7"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n- [A](README.txt)\n\n<<<FILE 0 README.txt>>>\nx\n\n<<<END 2>>>\n",
        ),
        Bad(
            "<<<FILE INDEX INDEX.md>>>\n- [C](caf\u00e9.txt)\n\n<<<FILE 0 cafe\u0301.txt>>>\nx\n\n".encode(),
            ["INDEX.md:1:7"],
            note="composed in the index, decomposed on disk",
            also=["NAM008"],
        ),
    ],
)
def case_mismatched_name(scope: Scope) -> Iterator[Hit]:
    """A listed name and a document's name differ only in case or in Unicode normalisation.

    On some systems the two are one file, on others the document is missing: the collection works on the
    machine where it was made and breaks on the next. Give both the same spelling. This is said once, and
    not as one missing and one unlisted document. The fix corrects the index.

    Case is compared after full case folding, normalisation is that of UAX #15.
    """
    if scope.index is None:
        return
    for entry, record in scope.respelled:
        span = manifest.locate(scope.index, entry)
        name = record.block or record.name
        words: dict[str, object] = {
            "name": entry.name,
            "other": name,
            "within": within(record),
            "way": "case" if entry.name.casefold() == record.name.casefold() else "Unicode normalisation",
        }
        fix = Fix((Edit(span, record.name.encode()),), safe=False) if is_plain(record.name) else None
        yield Hit(span, words, at=scope.index.place, fix=fix)


@case_mismatched_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    def has_case(row: faults.Row) -> bool:
        return not row.spot.block and row.entry.name.upper() != row.entry.name

    row = faults.listed(tree, random, has_case)
    faults.drop_copies(tree, row.spot.file)
    tree[row.spot.file.removesuffix(row.entry.name) + row.entry.name.upper()] = tree.pop(row.spot.file)
