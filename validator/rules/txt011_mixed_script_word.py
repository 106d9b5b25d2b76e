from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from validator import faults, screening
from validator.model import TYPE_CHECKING, Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from re import Pattern
    from typing import TypeAlias

    Runs: TypeAlias = Sequence[tuple[str, str]]
    Twins: TypeAlias = Mapping[tuple[str, str], Mapping[str, str]]

_SHORTEST, _LONGEST = 3, 64
"""Characters of a word: two can be a symbol or a unit, and what is longer is an alphabet or a key."""
_AROUND = 40
"""Characters before and behind a word that tell in which script the text around it is."""

# Characters as the inside of a class in a regular expression.
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_GREEK_OR_CYRILLIC = "\u0386\u0388-\u0481\u048a-\u04ff"
_WORD = f"{_LATIN}\u0250-\u0373\u0376-\u037d\u037f\u0386\u0388-\u052f\u1d00-\u1fff\u2070-\u209f"
"""Letters and marks, with the signs of phonetics and formulas, which tell that a word is none."""

_TWINS = {
    "Cyrillic": ("аеорсухАВЕКМНОРСТУХіІјЈѕЅһ", "aeopcyxABEKMHOPCTYXiIjJsSh"),
    "Greek": ("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX"),
}
"""Letters, and the Latin ones that look like them."""
_SYMBOLS = ("αινρυχ", "aivpux")
"""Greek letters that are symbols in a Latin word, while these Latin ones are a slip in a Greek word."""
_WITNESSES = {"iI": "їєґўқңғұӧ", "jJ": "јљњћђџѓќ", "sS": "ѕѓќ", "h": "һәөүң"}
"""Letters of the languages that write і, ј, ѕ and һ. Where there are none, the Latin letter is meant."""
_ACCENTS = "\u0300\u0301\u0308"

_COMMANDS = "\\%~$&§^"
"""Behind these a letter is an escape, a format or a colour."""
_VOWELS = "аеиоуыэюяёіїєўәөүұαεηιουωάέήίόύώ"
_FINALS = _VOWELS + "ьйς"
_STRESSED = "άέήίόύώΐΰΆΈΉΊΌΎΏ"
_INDEX = 4
"""Letters of an index such as ``макс``, which rarely ends in a vowel."""


@document_rule(
    code="TXT011",
    name="mixed-script-word",
    severity="warning",
    message="{word!r} mixes {own} and {alien} letters: letter {number} is {letter}{more}",
    help="write the word in one script; if two words stick together, put a space between them",
    wakes=screening.MIXED_SCRIPT,
    good=[
        Good("5 μm, 4.7 kΩ, Δt, β-carotene, πr², dσv, λx.x, Kα, ηₓ, [ˈθɪŋk]\n".encode(), "units, formulas, speech"),
        Good("PDF-файл, SMS-ка, SQLем, из TeXа, PHPшник, APIшка\n".encode(), "Latin words with Cyrillic endings"),
        Good("Iмакс = 10 мА, Tнар, Xмин, МассивX, ПАКЕТX, ημx\n".encode(), "quantities and placeholders"),
        Good("\\nСейчас, \\fIТЕКА\\fP, %sНет, -oФАЙЛ, [a-zа-яё], [oоO]\n".encode(), "escapes, formats, classes"),
        Good("1. e4 e5 2. Кf3 Кc6 3. Сb5 Крe2 Крxc6 Сxc6\n".encode(), "chess"),
    ],
    bad=[
        Bad("Log in to pаypаl.\n".encode(), ["doc.txt:1:12"], "a Cyrillic а, twice", mended=b"Log in to paypal.\n"),
        Bad(
            "Cтрока и cсылка: тaм, Работa.\n".encode(),
            ["doc.txt:1:1", "doc.txt:1:10", "doc.txt:1:19", "doc.txt:1:28"],
            "Latin letters in Russian",
            mended="Строка и ссылка: там, Работа.\n".encode(),
        ),
        Bad("Το αρχείo ΧML\n".encode(), ["doc.txt:1:9", "doc.txt:1:11"], mended="Το αρχείο XML\n".encode()),
        Bad("Micrоsоft, Сtrl, stoр\n".encode(), ["doc.txt:1:5", "doc.txt:1:12", "doc.txt:1:21"]),
    ],
)
def mixed_script_word(document: Document) -> Iterator[Hit]:
    """A word holds letters of another script that look like its own: of Latin, Greek or Cyrillic.

    Nobody sees it, but no search finds the word, no spelling checker knows it, and an address or a command
    that is spelt so is another one. It comes from a keyboard in the wrong layout, from text recognition, or
    from somebody who means to deceive. Write the word in one script; the fix puts in the look-alikes.

    A word is reported only where all its letters of one script have a look-alike in the other (Unicode
    Technical Standard #39, sections 4 and 5.1). The rule is silent on what is mixed on purpose: units,
    symbols and formulas, phonetic spelling, Cyrillic endings of Latin words, names such as ``МойPDF``,
    quantities (``Iмакс``), escapes and formats (``%sНет``), classes of characters and moves of chess. It
    says nothing of words of two letters, of words behind a digit, or of two words that stick together.
    """
    import re

    content = document.text
    beside = re.compile(f"[{_LATIN}][{_GREEK_OR_CYRILLIC}]|[{_GREEK_OR_CYRILLIC}][{_LATIN}]")
    beyond = re.compile(f"[^{_WORD}]|\\Z")
    twins = _twins(content)
    offset = seen = 0
    found = beside.search(content)
    while found:
        start, end = _bounds(content, found.start(), beyond)
        if _SHORTEST <= end - start <= _LONGEST and _stands_free(content, start, end):
            runs = _runs(content[start:end])
            alien = _alien(runs, twins, content[max(0, start - _AROUND) : start] + content[end : end + _AROUND])
            if alien:
                offset += len(content[seen:start].encode())
                yield _hit(runs, alien, twins, offset)
                seen = start
        found = beside.search(content, end)


def _bounds(content: str, at: int, beyond: Pattern[str]) -> tuple[int, int]:
    """Where the word begins and ends that holds a character; a long one is cut off at its beginning."""
    before = content[max(0, at - _LONGEST) : at][::-1]
    back, on = beyond.search(before), beyond.search(content, at)
    return at - (back.start() if back else 0), on.start() if on else len(content)


def _hit(runs: Runs, alien: str, twins: Twins, offset: int) -> Hit:
    """The finding about a word that stands at an offset in bytes."""
    from unicodedata import name

    own = next(script for script, _ in runs if script != alien)
    at, number, aliens, edits = offset, 0, [], []
    for script, run in runs:
        for character in run:
            size = len(character.encode())
            number += character.isalpha()
            if script == alien and character.isalpha():
                aliens.append((number, name(character)))
                edits.append(Edit(Span(at, at + size), _twin(character, twins[alien, own]).encode()))
            at += size
    others = len(aliens) - 1
    words: dict[str, object] = {
        "word": "".join(run for _, run in runs),
        "own": own,
        "alien": alien,
        "number": aliens[0][0],
        "letter": aliens[0][1],
        "more": f", and {others} more {'is' if others == 1 else 'are'} {alien}" if others else "",
    }
    return Hit(Span(edits[0].span.start, edits[-1].span.end), words, fix=Fix(tuple(edits), safe=False))


def _twins(content: str) -> Twins:
    """What stands for what, by script and script, in this text."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for script, (characters, latin) in _TWINS.items():
        found[script, "Latin"] = dict(zip(characters, latin, strict=True))
        found["Latin", script] = dict(zip(latin, characters, strict=True))
    found["Latin", "Greek"].update(zip(_SYMBOLS[1], _SYMBOLS[0], strict=True))
    for latin, witnesses in _WITNESSES.items():
        if not any(witness in content for witness in witnesses):
            for letter in latin:
                del found["Latin", "Cyrillic"][letter]
    return found


def _twin(character: str, twins: Mapping[str, str]) -> str:
    """What looks like a letter, with its accents; empty if nothing does, or for the ÿ of Chuvash."""
    if character in twins or character.isascii():
        return twins.get(character, "")
    from unicodedata import normalize

    decomposed = normalize("NFD", character)
    base, accents = decomposed[0], decomposed[1:]
    if base in twins and base != "y" and all(accent in _ACCENTS for accent in accents):
        return normalize("NFC", twins[base] + accents)
    return ""


def _stands_free(content: str, start: int, end: int) -> bool:
    """Whether nothing beside a word tells that it is part of a command, a range of letters or a move of chess."""
    before, last, behind = content[max(0, start - 3) : start], content[end - 1], content[end : end + 3]
    if before[-1:].isdigit() or (before and before[-1] in _COMMANDS):
        return False
    if before.endswith("-") and not (len(before) == 3 and before[:2].isalpha()):
        return False
    if behind[:1] == "-" and behind[1:2].isalpha() and not behind[2:].isalpha():
        return False
    is_short = end - start <= _INDEX or (last.isascii() and not content[start].isascii())
    return not (behind[:1].isdigit() and is_short)


def _runs(word: str) -> Runs:
    """The parts of a word that are each in one script, marks counting with what they stand on."""
    scripts: list[str] = []
    for character in word:
        scripts.append(_script(character) or (scripts[-1] if scripts else ""))
    pairs = groupby(zip(scripts, word, strict=True), key=lambda pair: pair[0])
    return [(script, "".join(character for _, character in pair)) for script, pair in pairs]


def _script(character: str) -> str:
    """The script of a character of a word, empty for a mark, ``other`` for what is no plain letter."""
    code = ord(character)
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "Latin"
    if 0x370 <= code < 0x400 or code >= 0x1F00:
        return "Greek" if code < 0x2000 else "other"
    if 0x400 <= code < 0x530:
        return "Cyrillic"
    return "" if 0x300 <= code < 0x370 else "other"


def _alien(runs: Runs, twins: Twins, around: str) -> str:
    """The script whose letters have no business in a word; empty where they may be meant.

    It is the one of fewer letters. Where the scripts alternate and the letters do not decide, the text
    around the word does.
    """
    others = {script for script, _ in runs} - {"Latin"}
    other = others.pop() if len(others) == 1 else ""
    if other not in _TWINS or not (_letters(runs, "Latin") and _letters(runs, other)) or _is_joined(runs):
        return ""
    found = [
        (alien, own)
        for alien, own in (("Latin", other), (other, "Latin"))
        if all(_twin(c, twins[alien, own]) for c in _letters(runs, alien)) and not _is_meant(runs, alien, own, twins)
    ]
    for alien, own in found:
        surplus = len(_letters(runs, alien)) - len(_letters(runs, own))
        if surplus < 0:
            return alien if len(runs) > 2 or _is_slip(runs, alien) else ""
        if surplus == 0 and len(found) == 1 and len(runs) > 2:
            return alien
    if len(runs) > 2:
        scripts = [_script(character) for character in around if character.isalpha()]
        for alien, own in found:
            if scripts.count(alien) < scripts.count(own) and (own != "Latin" or _letters(runs, own).isascii()):
                return alien
    return ""


def _letters(runs: Runs, script: str) -> str:
    """The letters of a word that are in one script, without marks."""
    return "".join(character for of, run in runs if of == script for character in run if character.isalpha())


def _is_joined(runs: Runs) -> bool:
    """Whether upper and lower case tell that words were joined on purpose: ``МойPDF``, ``PDFка``, ``XКласс``."""
    word = "".join(run for _, run in runs)
    for at in _edges(runs):
        before, first, second = word[max(0, at - 2) : at], word[at], word[at + 1 : at + 2]
        is_new_word = first.isupper() and (before[-1].islower() or second.islower())
        is_ending = first.islower() and len(before) == 2 and before.isupper()
        if not is_new_word and not is_ending:
            return False
    return True


def _is_slip(runs: Runs, alien: str) -> bool:
    """Whether the only run of a script at the edge of a word can hardly be meant."""
    leads = runs[0][0] == alien
    strange, proper = (runs[0][1], runs[1][1]) if leads else (runs[1][1], runs[0][1])
    if alien != "Latin":
        if leads:
            return True
        if strange.islower():
            return len(strange) == 1 and strange not in _VOWELS and (strange != "с" or len(proper) > _INDEX)
        return proper.isupper() and strange[0].lower() not in _VOWELS
    if len(strange) > 1:
        return False
    if not leads:
        return strange.islower()
    if strange.islower():
        return strange != "x" and len(proper) > 2
    if proper.isupper():
        return len(proper) > _INDEX and strange in "ABCEHKMO"
    return strange not in "NP" and (len(proper) > _INDEX or proper[-1] in _FINALS)


def _is_meant(runs: Runs, alien: str, own: str, twins: Twins) -> bool:
    """Whether a word is a list of look-alikes (``еeё``), a product or a date (``ДxШ``, ``ДДTЧЧ``), or a formula."""
    table = twins[alien, own]
    mended = [((_twin(c, table) if script == alien else "") or c).lower() for script, run in runs for c in run]
    if len(mended) <= _INDEX and any(mended[at - 1] == mended[at] for at in _edges(runs)):
        return True
    if _letters(runs, alien)[0] in "xхTТ" and all(len(set(run)) == 1 for _, run in runs):
        return True
    greek = _letters(runs, own) if own == "Greek" else ""
    return bool(greek) and len(greek) <= _INDEX and (len(greek) < 3 or not any(c in _STRESSED for c in greek))


def _edges(runs: Runs) -> Sequence[int]:
    """Where in a word the script changes: the index of each first character of another part."""
    edges = [0]
    for _, run in runs[:-1]:
        edges.append(edges[-1] + len(run))
    return edges[1:]


@mixed_script_word.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice([" pаypal ", " Micrоsoft ", " пpивет ", " λόγoς "]).encode())
