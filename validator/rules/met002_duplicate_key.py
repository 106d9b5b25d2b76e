from __future__ import annotations

from collections.abc import Iterator

from validator import faults, frontmatter, screening
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked


@document_rule(
    code="MET002",
    name="duplicate-key",
    severity="error",
    message="the key {key!r} is there twice",
    help="delete one of the two, or give it another name",
    wakes=screening.FRONT_MATTER,
    good=[
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\nauthor: {name: Ada}\neditor: {name: Bo}\n---\n- [A](a.md)\n\n"
                    b"<<<FILE 0 a.md>>>\nx\n\n"
                )
            ),
            "the same key in two mappings",
        ),
        Good(
            {
                "INDEX.md": b"- `a.md`\n",
                "a.md": b"---\n{% if new %}title: A{% else %}\ntitle: B{% endif %}\ntitle: C\n---\nx\n",
            },
            "a template",
        ),
    ],
    bad=[
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\ntitle: Logs\nlanguage: en\ntitle: Harbour\n---\n- [A](a.md)\n\n"
                    b"<<<FILE 0 a.md>>>\nx\n\n"
                )
            ),
            ["INDEX.md:4:1"],
        ),
        Bad(
            {"INDEX.md": b"- `a.md`\n", "a.md": b"---\ntitle: Logs\ntitle: Harbour\n---\nx\n"},
            ["a.md:3:1"],
            note="a document whose index has no schema",
        ),
    ],
)
def duplicate_key(document: Document) -> Iterator[Hit]:
    """The front matter gives the same key twice.

    YAML forbids it, but most programs take it without a word, and keep the one or the other. So two readers
    of the same file see different things. Often a key was pasted in that was already further up. It is
    looked for where [MET001](MET001.md) reads front matter.

    YAML 1.2.2, section 3.2.1.3: the keys of a mapping are unique.
    """
    found = frontmatter.judged(document)
    for key, span in found.repeated if found is not None else ():
        yield Hit(span, {"key": key})


@duplicate_key.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.add_front_matter(tree, random, b"title: One\ntitle: Two\n", b"title")
