from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import documents
from validator.matching import without_framing_newlines
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON024",
    name="missing-framing-newline",
    severity="error",
    message="every document lost its last newline, because none stands between it and the next marker",
    help="print one more newline behind each document: { echo '<<<FILE 7 a.txt>>>'; cat a.txt; echo; }",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 2>>>\n"
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n<<<END 2>>>\n",
            ["all.bundle:7:2"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 2>>>\n",
        )
    ],
)
def missing_framing_newline(container: Container) -> Iterator[Hit]:
    """The container was written without a newline between each document and the next marker.

    The newline in front of a marker belongs to the framing. A script that prints a header and then copies
    the file, as `cat` does, gives the last newline of every document away: with it, the documents have
    the digests that the index lists. This is said once, at the first, and not of each document. The fix
    inserts the newlines.
    """
    if container.place.path not in without_framing_newlines(container.records):
        return
    for block, record in documents(container):
        if record.difference == "final-newline-lost":
            yield Hit(Span(block.body_end, block.end), fix=_fix(container))
            return


def _fix(container: Container) -> Fix:
    blocks = [block for block, _ in documents(container) if block.body_end < block.end]
    return Fix(tuple(Edit(Span(block.end, block.end), block.newline) for block in blocks))


@missing_framing_newline.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = random.choice(faults.containers(tree, faults.is_ended))
    faults.rely_on(tree, name)
    faults.listed(tree, random, lambda row: row.spot.file == name and row.entry.has_digest)
    faults.change(tree, name, lambda data: data.replace(b"\n\n<<<", b"\n<<<"))
