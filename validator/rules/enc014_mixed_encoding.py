from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC014",
    name="mixed-encoding",
    severity="error",
    message="{bytes} {reads} as {meant!r} in Windows-1252, in a document that is otherwise UTF-8",
    help="write it in UTF-8; lines that were pasted from another file may hold more of this",
    wakes=screening.ILL_FORMED,
    raw=True,
    good=[Good("Un café, s’il vous plaît.\n".encode())],
    bad=[
        Bad(
            "Le café.\n".encode() + "Déjà vu\n".encode("cp1252"),
            ["doc.txt:2:2", "doc.txt:2:4"],
            "a pasted line",
            mended="Le café.\nDéjà vu\n".encode(),
        ),
        Bad(
            "“So?” – Ja. ".encode() + "„Nein…“\n".encode("cp1252"),
            ["doc.txt:1:13", "doc.txt:1:17"],
            "quotation marks",
            mended="“So?” – Ja. „Nein…“\n".encode(),
        ),
        Bad("Schön! ".encode() + b"Stra\xdfe, Stra\xc3e\n", ["doc.txt:1:12"], "not half a letter", also=["ENC001"]),
    ],
)
def mixed_encoding(document: Document) -> Iterator[Hit]:
    """The document is UTF-8, but some of its bytes are letters or signs in Windows-1252.

    That happens where lines from an older file are pasted or appended to a newer one without being
    converted. Programs refuse the document, or show a replacement character. Write what was meant in
    UTF-8; the fix puts in what Windows-1252 has for these bytes. Read it first: in a file from Poland or
    Turkey they may have meant something else.

    Only bytes that make sense in their place are taken: a letter at a letter, a sign where such signs
    stand. Cut, overlong and other damaged sequences of UTF-8 are left to ENC001, a document without any
    valid UTF-8 beyond ASCII to ENC013. The table is the one of the WHATWG Encoding Standard.
    """
    from validator import encodings

    data = document.data
    for span, kind in encodings.damage(data):
        if kind == "pasted":
            found = data[span.start : span.end]
            meant = found.decode("cp1252")
            reads = "reads" if len(found) == 1 else "read"
            words: dict[str, object] = {"bytes": found.hex(" ").upper(), "reads": reads, "meant": meant}
            yield Hit(span, words, fix=Fix((Edit(span, meant.encode()),), safe=False))


@mixed_encoding.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    line = random.choice(["Déjà vu", "„Grüß Gott…“", "Año nuevo"])
    faults.change(
        tree, faults.pick(tree, random), lambda data: "voilà\n".encode() + line.encode("cp1252") + b"\n" + data
    )
