from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC013",
    name="legacy-encoding",
    severity="error",
    message="the document is not in UTF-8{guess}",
    help="find out its encoding and convert it: `iconv -f ENCODING -t UTF-8`",
    wakes=screening.ILL_FORMED | screening.CONTROL | screening.SHIFTED,
    raw=True,
    good=[
        Good("Ça coûte 5 €, n’est-ce pas ?\n".encode()),
        Good(b'(format t "~{~a~^, ~}~%" names)\n~{ one } two ~}\n', "not every `~{` is one of HZ"),
    ],
    bad=[
        Bad(
            "Les élèves étaient déjà là : c’était la fête à l’école.\n".encode("cp1252"),
            ["doc.txt:1:5"],
            mended="Les élèves étaient déjà là : c’était la fête à l’école.\n".encode(),
        ),
        Bad(
            "Title\nНаша Таня громко плачет, уронила в речку мячик.\n".encode("koi8-r"),
            ["doc.txt:2:1"],
            mended="Title\nНаша Таня громко плачет, уронила в речку мячик.\n".encode(),
        ),
        Bad(
            "むかしむかし、あるところに、おじいさんとおばあさんがいました。\n".encode("cp932"),
            ["doc.txt:1:1"],
            mended="むかしむかし、あるところに、おじいさんとおばあさんがいました。\n".encode(),
        ),
        Bad(b"caf\xe9 au lait\n", ["doc.txt:1:4"], "too little for more than a guess"),
        Bad("a\n今日は。\n".encode("iso2022_jp"), ["doc.txt:2:1"], "seven bits", mended="a\n今日は。\n".encode()),
        Bad("我们在学校里。\n".encode("hz"), ["doc.txt:1:1"], "likewise", mended="我们在学校里。\n".encode()),
    ],
)
def legacy_encoding(document: Document) -> Iterator[Hit]:
    """The document is in an older encoding, such as Windows-1252, KOI8-R or Shift_JIS, and not in UTF-8.

    Programs that expect UTF-8 refuse it, or lose each letter that is not plain. Convert it. Which
    encoding it is, only its author knows; the one that is named gives the letters and words that are
    most usual in some language. Where nothing else comes near, the fix converts the whole document;
    read the result before you keep it.

    A document that is UTF-8 is never doubted, and one that holds valid UTF-8 beside other bytes is left to
    ENC014 and ENC001. The encodings of mail that write Chinese, Japanese and Korean in seven bits are
    UTF-8 to every program: ISO-2022-JP (RFC 1468), -KR (RFC 1557) and -CN (RFC 1922), and HZ (RFC 1843). They
    are recognised where a document is such text from end to end.
    """
    import re

    from validator import encodings

    data = document.data
    if not document.facts & screening.ILL_FORMED:
        encoding = text.seven_bit_encoding(data)
        if encoding:
            start = next(found.start() for found in re.finditer(rb"[\x0e\x1b]|~\{", data))
            yield _hit(start, data, f" but in {encoding}", encoding, text.seven_bit_text(data, encoding))
    elif encodings.is_foreign(data):
        guess = encodings.guess(data)
        words = f"; it looks like {guess.encoding}" if guess.is_sure else f", but perhaps in {guess.encoding}"
        start = next(found.start() for found in re.finditer(rb"[\x80-\xff]", data))
        yield _hit(start, data, words if guess.encoding else "", guess.encoding, guess.text if guess.is_sure else None)


def _hit(start: int, data: bytes, guess: str, encoding: str, content: str | None) -> Hit:
    """The finding, with a fix if the document's text is known."""
    fix = Fix((Edit(Span(0, len(data)), content.encode()),), safe=False) if content is not None else None
    doubt = "" if fix else " and read what comes out; if it is wrong, find out the encoding"
    help = f"convert it: `iconv -f {encoding} -t UTF-8`{doubt}" if encoding else ""
    return Hit(Span(start, start + 1), {"guess": guess}, help=help, fix=fix)


@legacy_encoding.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    line, encoding = random.choice([("Grüße aus Köln", "cp1252"), ("Съешь ещё булок", "koi8-r"), ("今日は", "euc-jp")])
    faults.write(tree, faults.pick(tree, random), f"{line}.\n".encode(encoding))
