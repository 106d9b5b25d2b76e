from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC015",
    name="binary-content",
    severity="error",
    message="this is not text but {kind}",
    help="put the text itself here, or leave the file out of the collection with `exclude`",
    wakes=screening.BINARY,
    raw=True,
    good=[
        Good(b"GIF89a is what such a picture begins with.\n", "a text about a format"),
        Good("ID3 – ein Format für Schlagwörter\n".encode()),
        Good(b"Git LFS writes: version https://git-lfs.github.com/spec/v1\n"),
    ],
    bad=[
        Bad(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ["doc.txt"]),
        Bad(b"PK\x03\x04\x14\x00\x06\x00word/document.xml", ["doc.txt"]),
        Bad(b"%PDF-1.7\n1 0 obj\n", ["doc.txt"], "a PDF in plain ASCII"),
        Bad(bytes(64), ["doc.txt"], "nothing but NULs, as a crash can leave a file"),
        Bad(b"\x01\x00\x00\x00\x07\x00\x00\x00value\x00\x00\x00\x02\x00", ["doc.txt"], "no magic number"),
        Bad(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0a" * 32 + b"\nsize 12345\n",
            ["doc.txt"],
            "what git shows where Git LFS is not set up",
        ),
    ],
)
def binary_content(document: Document) -> Iterator[Hit]:
    """The document is not text at all: a picture, an archive, a PDF, or only a pointer to the text.

    It was put here by mistake, or under the wrong name, or a download saved something else than was asked
    for. Nothing else is said of it. Its kind is told by the magic number that it begins with, and without
    a known one by many NULs and other controls. A Git LFS pointer is a small text that stands for a file
    that was not fetched.

    The pointer is described in the specification of Git LFS, version 1.
    """
    kind = text.binary_kind(document.data)
    if kind == text.LFS_POINTER:
        help = "the document was not fetched: run `git lfs pull`"
        yield Hit(words={"kind": "a Git LFS pointer to it"}, help=help)
    else:
        yield Hit(words={"kind": kind})


@binary_content.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    contents = [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\x1f\x8b\x08\x00\x00", bytes(100), b"%PDF-1.4\n"]
    faults.write(tree, faults.pick(tree, random), random.choice(contents))
