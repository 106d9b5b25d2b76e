from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator import mojibake as damage
from validator.model import Document, Edit, Fix, Hit
from validator.rule import Bad, Good, document_rule

_SHOWN = 40
"""Characters of a passage that a message shows."""


@document_rule(
    code="ENC010",
    name="mojibake",
    severity="warning",
    message="{damaged!r} was read as {encoding}: {outcome}",
    help="read the source again, as UTF-8; or put in what was meant, which the fix knows",
    wakes=screening.MOJIBAKE,
    good=[
        Good("«\u00a0Café\u00a0» – CAFÉ…\n".encode(), "a letter before a quotation mark"),
        Good("NÃO, “IRMÔ, CORAÇÃO; „Spaß“; ”PÅ”\n".encode()),
        Good("Сіль, Різдво, «СССР», «АВТОРІВ»; “drei √π”\n".encode(), "signs that are also in the tables"),
        Good("├── café\n│\u00a0\u00a0 └── 鈥\n".encode(), "boxes; holmium"),
        Good("An é in UTF-8, read as Latin-1, is Ã©: “cafÃ©”.\n".encode(), "text about mojibake"),
    ],
    bad=[
        Bad(
            "It wasnâ€™t the cafÃ© â€“ it was the naÃ¯ve waiter.\n".encode(),
            ["doc.txt:1:8"],
            "Windows-1252",
            mended="It wasn’t the café – it was the naïve waiter.\n".encode(),
        ),
        Bad(
            "РџСЂРёРІРµС‚, РјРёСЂ!\nГрустно.\n".encode(),
            ["doc.txt:1:1"],
            "Windows-1251",
            mended="Привет, мир!\nГрустно.\n".encode(),
        ),
        Bad(
            "El niÃƒÂ±o comiÃƒÂ³.\n".encode(),
            ["doc.txt:1:6"],
            "twice",
            mended="El niño comió.\n".encode(),
        ),
        Bad(
            "鈥淗ello,鈥� she said. 鈥淚t鈥檚 me.鈥� 锟斤拷锟斤拷\n".encode(),
            ["doc.txt:1:1", "doc.txt:1:8", "doc.txt:1:21", "doc.txt:1:30", "doc.txt:1:33"],
            "GBK, where much is lost",
        ),
        Bad(
            "LA OPINIÃ\x93N: aquÃ\xad vivÃ\xada Ã\x81ngel.\n".encode(),
            ["doc.txt:1:9"],
            "Latin-1, with controls and soft hyphens",
            mended="LA OPINIÓN: aquí vivía Ángel.\n".encode(),
        ),
    ],
)
def mojibake(document: Document) -> Iterator[Hit]:
    """The document holds text that was written as UTF-8 and read in another encoding: mojibake.

    ``Ã©`` stands where ``é`` was, ``â€™`` where ``’`` was. It comes from a program that took the bytes for
    Windows-1252 or some other table, and wrote them out as UTF-8 again; if that happens again, each such
    character becomes two or more. Read the source again as UTF-8. The fix reads the characters back through
    the table that was wrong, as often as the text was damaged; it changes nothing else.

    Tables of Windows, DOS and the Macintosh, KOI8-R, GBK, Shift JIS and Korean UHC are tried. A document is
    reported if what comes out fits, in script, letters and place, and what is there does not, or if that is
    true of most of it. Neighbouring passages of a line are one finding. Where characters were lost, as with
    the Chinese words for replacement characters (锟斤拷) or unfilled memory (烫烫烫), there is no fix. Text
    that speaks of encodings, and single words in quotation marks or code, are left alone.

    RFC 3629, section 4, and the Unicode Standard, table 3-7, say what UTF-8 is.
    """
    passages = list(damage.passages(document))
    if passages and _is_damaged_otherwise(document.text, "".join(passage.damaged for passage in passages)):
        return
    for passage in passages:
        meant = passage.mended
        words: dict[str, object] = {
            "damaged": _clipped(passage.damaged),
            "encoding": _encoding(passage),
            "outcome": f"it should be '{text.shown(_clipped(meant))}'" if meant else "characters were lost",
        }
        fix = Fix((Edit(passage.span, meant.encode()),), safe=False) if meant else None
        yield Hit(passage.span, words, "" if meant else _LOST_HELP, fix=fix)


def _is_damaged_otherwise(content: str, damaged: str) -> bool:
    """Whether most of what looks like mojibake was no UTF-8: Big5 read as Latin-1, say."""
    import re

    heap = re.compile("[\xa1-\xff]{3,}")  # no word of any language has three such letters in a row, or hardly one
    explained = len(heap.findall(damaged))
    return len(heap.findall(content)) - explained > max(10, explained)


_LOST_HELP = "take the passage from the source again, and read it as UTF-8"


def _clipped(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"


def _encoding(passage: damage.Passage) -> str:
    """The encoding that a passage was read in, and how often."""
    first, *others = reversed(passage.tables)
    if not others and first == "Windows-1252" and any(character in _CONTROLS for character in passage.damaged):
        return "Latin-1"
    if set(others) <= {first}:
        return first + ("", " twice")[len(others)] if len(others) < 2 else f"{first} {len(passage.tables)} times"
    return ", then as ".join([first, *others])


_CONTROLS = frozenset(map(chr, range(0x80, 0xA0))) - frozenset("\x81\x8d\x8f\x90\x9d")
"""What Latin-1 has where Windows-1252 has characters."""


@mojibake.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    codec = random.choice(["latin-1", "cp1252", "cp1250", "cp1256", "koi8_r", "mac_roman", "cp437", "cp866"])
    words = " señor, crème brûlée, für Zoë, naïve façade, garçon "
    for _ in range(random.randint(1, 2)):
        words = words.encode().decode(codec)
    faults.insert(tree, random, words.encode())
