from __future__ import annotations

from collections.abc import Iterator

from validator import faults, frontmatter, manifest, screening
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked

_KEYS = ("language", "lang")
_IRREGULAR = (
    *("en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo", "i-navajo"),
    *("i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"),
)
"""Tags that were registered before there was a grammar, and do not follow it; the others do."""
_LANGUAGE = r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
_VARIANTS = r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
_EXTENSIONS = r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*"
_PRIVATE = r"x(?:-[a-z0-9]{1,8})+"
_LONGEST = 200
_SHOWN = 80


@document_rule(
    code="MET004",
    name="malformed-language",
    severity="error",
    message="{value!r} is no language tag",
    help="write one BCP 47 tag, such as en, pt-BR or zh-Hant; leave it out if the language is not known",
    wakes=screening.FRONT_MATTER | screening.DESCRIBED,
    good=[
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\nlanguage: zh-Hant-TW\n---\n| name | language |\n|--|--|\n"
                    b"| a.md | en |\n| b.md | sl-rozaj-biske-1994 |\n| c.md | - |\n\n"
                    b"<<<FILE 0 a.md>>>\n---\nlang: [en, i-klingon, x-harbour]\n---\nx\n\n"
                    b"<<<FILE 1 b.md>>>\n---\nlanguage: objective-c\n---\ny\n\n"
                    b"<<<FILE 2 c.md>>>\n---\nlanguage: C++\nlang: en_US\n---\nz\n\n"
                )
            ),
            "documents may speak of other languages than those of people, and name locales",
        ),
    ],
    bad=[
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n| name | language |\n|--|--|\n| a.txt | en_US |\n\n"
                    b"<<<FILE 0 a.txt>>>\nx\n\n"
                )
            ),
            ["INDEX.md:3:11"],
            note="the name of a locale; a tag has hyphens",
        ),
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\nlanguage: English, French\n---\n- `a.md`\n- `b.md`\n\n"
                    b"<<<FILE 0 a.md>>>\n---\ntitle: A\nlang: pt_BR.UTF-8\n---\nx\n\n"
                    b"<<<FILE 1 b.md>>>\n---\nlanguage:\n- en\n- de-\n---\ny\n\n"
                )
            ),
            ["INDEX.md:2:1", "a.md:3:1", "b.md:4:3"],
            note="also in front matter, that of documents included",
        ),
    ],
)
def malformed_language(document: Document) -> Iterator[Hit]:
    """What should name a language is no language tag.

    So programs that pick documents by language pass over this one. Mostly it is the name of a locale (`en_US`),
    a name in words (`British English`), or several languages at once.

    Judged are the language column of an index and the keys `language` and `lang` in front matter, by the grammar
    of BCP 47 (RFC 5646, section 2.1) alone: whether a well-formed tag is registered, nobody looks up. A
    document's own front matter may mean a programming language or a locale (`en_US`), which its site knows what
    to do with, so there only what begins as a tag does, and goes on otherwise, is reported. What its schema objects
    to already is not said twice.
    """
    entry, index = document.record.entry, document.index
    listed = entry.language if entry is not None and not document.is_index else None
    if entry is not None and index is not None and listed and not _is_tag(listed):
        yield Hit(manifest.locate(index, entry, "language"), {"value": _cut(listed)}, at=index.place)
    found = frontmatter.judged(document) if document.facts & screening.FRONT_MATTER else None
    wrong = list(_wrong(found, document.is_index)) if found is not None else []
    if found is not None and wrong:
        from validator import metadata

        objected = metadata.objected(document, found.values)
        for path, value in wrong:
            if path[0] not in objected:
                yield Hit(found.spans[path], {"value": _cut(value)})


def _wrong(found: frontmatter.FrontMatter, is_index: bool) -> Iterator[tuple[frontmatter.Path, str]]:
    """The values that should be tags and are none, with their paths."""
    for key in _KEYS:
        said = found.values.get(key)
        several = said if isinstance(said, list) else [said]
        for number, one in enumerate(several):
            if isinstance(one, str) and one.strip() and not _is_tag(one) and (is_index or _is_meant(one)):
                yield (key, number) if isinstance(said, list) else (key,), one


def _is_tag(text: str) -> bool:
    import re

    tag = text.lower()
    pattern = f"{_LANGUAGE}{_VARIANTS}{_EXTENSIONS}(?:-{_PRIVATE})?|{_PRIVATE}"
    return tag in _IRREGULAR or (len(tag) <= _LONGEST and re.fullmatch(pattern, tag, re.ASCII) is not None)


def _is_meant(text: str) -> bool:
    """Whether a text begins as a tag does, and is no locale with the underscores of Unicode (UTS #35)."""
    import re

    return re.match(r"[A-Za-z]{2,3}[-_@]", text) is not None and not _is_tag(text.replace("_", "-"))


def _cut(value: str) -> str:
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"


@malformed_language.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    wrong = random.choice(["en_US", "British English", "de,fr", "pt-", "e"])
    faults.add_front_matter(tree, random, f"language: {wrong}\n".encode(), b"language")
