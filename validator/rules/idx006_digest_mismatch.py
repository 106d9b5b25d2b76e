from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import changed, departure, within
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule

_DIGEST = b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"
_INDEX = b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n| a.txt | %b |\n\n" % _DIGEST


@index_rule(
    code="IDX006",
    name="digest-mismatch",
    severity="error",
    message="the content of {name!r}{within} is not what the index lists: {departure}",
    help="restore the document, or list its new digest",
    good=[Good(_INDEX + b"<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(_INDEX + b"<<<FILE 0 a.txt>>>\ny\n\n", ["INDEX.md:3:11"]),
        Bad(
            _INDEX + b"<<<FILE 0 a.txt>>>\nx\r\n\n",
            ["INDEX.md:3:11"],
            note="the message says that only the line ends differ",
        ),
    ],
)
def digest_mismatch(scope: Scope) -> Iterator[Hit]:
    """A document's content has another SHA-256 digest than the index lists.

    At least one byte has changed since the index was written. Where the change is small and well known, a
    final newline, the line ends, a byte order mark, the Unicode normalisation, the message says so, and
    nothing else differs. If the change is meant, list the new digest, which the help gives; if not,
    restore the document.

    The digest is that of FIPS 180-4, over the bytes as they are, in hexadecimal.
    """
    if scope.index is None:
        return
    for record in changed(scope.records):
        entry = record.entry
        if entry is None or entry.sha256 is None or record.copy_of:
            continue
        said, help = departure(record)
        words: dict[str, object] = {
            "name": record.block or record.name,
            "within": within(record),
            "departure": said,
        }
        yield Hit(manifest.locate(scope.index, entry, "sha256"), words, help, at=scope.index.place)


@digest_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_cell(tree, random, 3, b"0" * 64)
