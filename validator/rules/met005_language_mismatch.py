from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest, screening, scripts
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked

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
    counts = scripts.letters(document.data[:_SAMPLE].decode("utf-8", "ignore"))
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


@language_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random)
    faults.write(tree, row.spot, b"Nothing but plain English words, as many of them as it takes to be sure of it.\n")
    language = random.choice(["ru", "ja", "fa", "hi-IN"])
    if "language" in (index := faults.parsed(tree, row.index)).columns:
        faults.edit_cells(tree, row, {"language": language.encode()})
    else:
        rows = [manifest.written(("name", "language"), {"name": e.name, "language": language}) for e in index.entries]
        faults.write(tree, row.index, "\n".join(["| name | language |", "|--|--|", *rows, ""]).encode())
