from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from validator import faults, manifest, screening
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked

_SCRIPTS = (
    *((0x41, "Latin"), (0x5B, ""), (0x61, "Latin"), (0x7B, ""), (0xC0, "Latin"), (0x250, ""), (0x370, "Greek")),
    *((0x400, "Cyrillic"), (0x530, "Armenian"), (0x590, "Hebrew"), (0x600, "Arabic"), (0x700, ""), (0x750, "Arabic")),
    *((0x780, ""), (0x8A0, "Arabic"), (0x900, "Devanagari"), (0x980, "Bengali"), (0xA00, ""), (0xA80, "Gujarati")),
    *((0xB00, "Odia"), (0xB80, "Tamil"), (0xC00, "Telugu"), (0xC80, "Kannada"), (0xD00, "Malayalam")),
    *((0xD80, "Sinhala"), (0xE00, "Thai"), (0xE80, "Lao"), (0xF00, "Tibetan"), (0x1000, "Myanmar")),
    *((0x10A0, "Georgian"), (0x1100, "Hangul"), (0x1200, "Ethiopic"), (0x13A0, ""), (0x1780, "Khmer"), (0x1800, "")),
    *((0x1E00, "Latin"), (0x1F00, "Greek"), (0x2000, ""), (0x3040, "Kana"), (0x3100, ""), (0x3400, "Han")),
    *((0xA000, ""), (0xAC00, "Hangul"), (0xD7B0, ""), (0xF900, "Han"), (0xFB00, ""), (0x20000, "Han"), (0x32000, "")),
)
"""Where the letters of a script begin; nothing where they end."""

_STARTS = [start for start, _ in _SCRIPTS]
_LANGUAGES = {
    "Latin": "cs da de en es et fi fr ga hr hu id is it lt lv nb nl nn no pl pt ro sk sl sv sw tr vi",
    "Cyrillic": "be bg mk ru uk",
    "Arabic": "ar ckb fa ps ur",
    "Devanagari": "hi mr ne sa",
    "Bengali": "as bn",
    "Ethiopic": "am ti",
    "Greek": "el",
    "Hebrew": "he",
    "Armenian": "hy",
    "Georgian": "ka",
    "Gujarati": "gu",
    "Odia": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th",
    "Lao": "lo",
    "Tibetan": "bo",
    "Myanmar": "my",
    "Khmer": "km",
    "Hangul": "ko",
    "Han": "zh",
    "Kana": "ja",
}
"""Languages that are written in one script, apart from transliteration."""

_WRITTEN_IN = {language: script for script, languages in _LANGUAGES.items() for language in languages.split()}
_ENOUGH = 40
"""Letters without which nothing can be said."""

_SAMPLE = 1 << 16


@document_rule(
    code="MET005",
    name="language-mismatch",
    severity="warning",
    message="the index lists {name!r} as {language!r}, but of its {letters:,} letters {share} {script}",
    help="correct the language, or look whether this is the document that was meant",
    wakes=screening.DESCRIBED,
    good=[
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n| name | language |\n|--|--|\n| a.txt | ru |\n| b.txt | ru-Latn |\n\n"
                    + "<<<FILE 0 a.txt>>>\nЗимний рынок откроется в девять утра, PDF-файл лежит у входа.\n\n".encode()
                    + b"<<<FILE 1 b.txt>>>\nZimnij rynok otkryvaetsja v devjat' chasov utra, i sol' lezhit u vhoda.\n\n"
                )
            ),
            "a tag with a script of its own is believed",
        )
    ],
    bad=[
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n| name | language |\n|--|--|\n| a.txt | ru |\n\n"
                    b"<<<FILE 0 a.txt>>>\nThe winter market opens at nine, with salt, rope and hot tea.\n\n"
                )
            ),
            ["INDEX.md:3:11"],
        )
    ],
)
def language_mismatch(document: Document) -> Iterator[Hit]:
    """The index gives a document a language that is written in another script.

    Two translations were saved under each other's name, or a row was copied and not corrected, and whoever
    picks documents by language gets the wrong one. Only what the script shows is judged: hardly a letter of
    the language's script in a text of some length. Languages that share a script, or have several, are not
    told apart.

    Tags follow BCP 47; one with a script subtag (`ru-Latn`) is believed.
    """
    entry = document.record.entry
    if entry is None or not entry.language or document.index is None or document.is_index:
        return
    primary, _, rest = entry.language.partition("-")
    script = _WRITTEN_IN.get(primary.lower(), "")
    if not script or any(len(part) == 4 and part.isalpha() for part in rest.split("-")):
        return
    counts = _letters(document.data[:_SAMPLE].decode("utf-8", "ignore"))
    expected = counts.get(script, 0) + (counts.get("Han", 0) if script == "Kana" else 0)
    letters = sum(counts.values())
    if letters >= _ENOUGH and expected * 100 < letters:
        words: dict[str, object] = {
            "name": document.record.name,
            "language": entry.language,
            "letters": letters,
            "share": "none is" if not expected else f"only {expected} are",
            "script": "Japanese" if script == "Kana" else script,
        }
        yield Hit(manifest.locate(document.index, entry, "language"), words, at=document.index.place)


def _letters(sample: str) -> dict[str, int]:
    """How many letters a text has of each script."""
    counts: dict[str, int] = {}
    for character in set(sample):
        script = _SCRIPTS[at][1] if (at := bisect_right(_STARTS, ord(character)) - 1) >= 0 else ""
        if script and character.isalpha():
            counts[script] = counts.get(script, 0) + sample.count(character)
    return counts


@language_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = faults.pick(tree, random)
    tree[name] = b"Nothing but plain English words, as many of them as it takes to be sure of it.\n"
    rows = [f"| {entry.name} | {random.choice(['ru', 'ja', 'fa', 'hi-IN'])} |\n" for entry in faults.entries(tree)]
    tree[manifest.NAME] = f"| name | language |\n|--|--|\n{''.join(rows)}".encode()
