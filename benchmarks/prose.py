"""Documents to measure with: always the same ones, of any number and size, in several languages."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

TEXTS = {
    "ASCII": "When the ferry came in, nobody was waiting; the clock on the pier said ten past nine (it was slow).",
    "European": "Quand le bac arriva, personne n’attendait ; l’horloge du quai indiquait neuf heures dix – en retard. "
    "Als die Fähre kam, wartete niemand; die Uhr am Steg zeigte zehn nach neun („sie geht nach“). "
    "Cuando llegó el transbordador no había nadie esperando. Když trajekt připlul, nikdo nečekal.",
    "Chinese": "渡船靠岸的时候，码头上一个人也没有。钟停在九点十分——“它走得慢”，他说：大家早就知道了！",
    "Japanese": "船が着いたとき、桟橋には誰もいなかった。時計は九時十分を指していた。「遅れている」と彼は言った。",
    "Russian": "Когда пришёл паром, на пристани никого не было; часы показывали десять минут десятого — они отставали.",
    "Arabic": "حين وصلت العبّارة لم يكن أحد في الانتظار، وكانت الساعة على الرصيف تشير إلى التاسعة وعشر دقائق.",
    "Thai": "เมื่อเรือข้ามฟากมาถึง ไม่มีใครรออยู่ นาฬิกาบนท่าเรือบอกเวลาเก้าโมงสิบนาที มันเดินช้า",
    "Hindi": "जब नाव किनारे लगी तब वहाँ कोई नहीं था। घाट की घड़ी नौ बजकर दस मिनट दिखा रही थी, वह धीमी चलती थी।",
}
FOLDER = 500
"""Documents in one folder."""
_PIECE = 1000
"""Lines that are held in memory at a time."""


def documents(number: int, size: int, *languages: str, head: bytes = b"") -> Iterator[tuple[str, Iterator[bytes]]]:
    """Names, and contents of about ``size`` bytes in pieces; the languages take turns.

    Take each content before you ask for the next document.
    """
    draw = random.Random(1)  # noqa: S311
    known = [lines(language, draw) for language in languages]
    for at in range(number):
        yield f"part-{at // FOLDER:04}/{at:07}.txt", pieces(draw, known[at % len(known)], size, head)


def lines(language: str, draw: random.Random) -> list[bytes]:
    """Lines of fourteen words, or of as many pieces of a text without spaces, in random order; each ends a sentence."""
    text = TEXTS[language]
    words = text.split() if " " in text else [text[at : at + 6] for at in range(0, len(text), 6)]
    gap = " " if " " in text else ""
    return [gap.join(draw.choices(words, k=14)).rstrip(",;:。、").encode() + b".\n" for _ in range(500)]


def pieces(draw: random.Random, known: list[bytes], size: int, head: bytes = b"") -> Iterator[bytes]:
    """A head and drawn lines, none twice in a row: the first whole number of lines that makes ``size`` bytes."""
    longest, written, last = max(map(len, known)), len(head), b""
    yield head
    while written < size:
        few = min(_PIECE, (size - written) // longest + 1)
        drawn = [line for line, _ in groupby((last, *draw.choices(known, k=few)))][1:]
        last = drawn[-1] if drawn else last
        piece = b"".join(drawn)
        written += len(piece)
        yield piece


def write(folder: Path, named: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Put documents into a folder."""
    made = {folder}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in named:
        file = folder / name
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        with open(file, "wb") as opened:
            opened.writelines(content)
