from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC003",
    name="utf16-or-utf32",
    severity="error",
    message="the document is in {encoding}, not in UTF-8",
    help="convert it to UTF-8",
    wakes=screening.WIDE,
    raw=True,
    good=[Good("Grüße, 天地\n".encode()), Good("Bush hid the facts".encode("ascii") + b"\n", "even in length")],
    bad=[
        Bad("Grüße\n".encode("utf-16"), ["doc.txt:1:1"], mended="Grüße\n".encode()),
        Bad(b"\x00\x00\xfe\xff" + "天\n".encode("utf-32-be"), ["doc.txt:1:1"], mended="天\n".encode()),
        Bad("Grüße\n".encode("utf-16-be"), ["doc.txt"], "without a byte order mark"),
        Bad("Привет, мир\n".encode("utf-16-le"), ["doc.txt"], "without one, and hardly a NUL"),
        Bad("天地玄黄，宇宙洪荒。\n1\n2\n3\n".encode("utf-16-le"), ["doc.txt"], "likewise"),
    ],
)
def utf16_or_utf32(document: Document) -> Iterator[Hit]:
    """The document is written in UTF-16 or UTF-32.

    Windows programs call the former "Unicode". Tools that expect UTF-8 see a NUL byte beside every letter:
    searching finds nothing, and what mends line ends or blanks destroys the text. Convert the document.
    Where a byte order mark proves the encoding, that can be done for you; where there is none, the
    encoding is told by its pattern of NULs, and nothing is changed.

    The Unicode Standard, section 3.10, defines the encodings and their byte order marks.
    """
    data = document.data
    encoding = text.wide_encoding(data)
    mark = "\ufeff".encode(encoding)
    if data.startswith(mark):
        yield Hit(Span(0, len(mark)), {"encoding": encoding}, fix=_converted(data, encoding))
    else:
        yield Hit(words={"encoding": encoding})


def _converted(data: bytes, encoding: str) -> Fix | None:
    try:
        content = data.decode(encoding)[1:].encode("utf-8")
    except UnicodeDecodeError:
        return None
    return Fix((Edit(Span(0, len(data)), content),), safe=False)


@utf16_or_utf32.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    encoding = random.choice(["utf-16", "utf-32"])
    faults.change(tree, faults.pick(tree, random), lambda data: data.decode().encode(encoding))
