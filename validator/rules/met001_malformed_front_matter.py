from __future__ import annotations

from collections.abc import Iterator

from validator import faults, frontmatter, screening
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked

_INDEX = b"<<<FILE INDEX INDEX.md>>>\n- `a.md`\n- `b.md`\n- `c.md`\n- `d.txt`\n\n"
_SCHEMA = b"<<<FILE S schema.json>>>\n{}\n\n"


@document_rule(
    code="MET001",
    name="malformed-front-matter",
    severity="error",
    message="the front matter cannot be read: {reason}",
    help="write one `key: value` on a line; put a value with a colon, a number sign or a bracket into quotes",
    wakes=screening.FRONT_MATTER,
    good=[
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\ntitle: 'Logs: 1887'\n---\n- [A](a.md)\n\n"
                    b"<<<FILE 0 a.md>>>\n---\n- two: dashes\n---\nx\n\n"
                )
            ),
            "a line of dashes may be no more than that, where the index has no schema",
        ),
        Good(
            dict(
                unpacked(
                    _INDEX + b"<<<FILE 0 a.md>>>\n---\ntitle: &t Logs\nsource: *t\n---\nx\n\n"
                    b"<<<FILE 1 b.md>>>\n---\ntitle: {{ title: one }}\n---\nx\n\n"
                    b"<<<FILE 2 c.md>>>\n---\nNote: the keeper wrote: bad weather,\nand left.\nSo did we.\n---\nx\n\n"
                    b"<<<FILE 3 d.txt>>>\n---\ntitle: a: b\n---\nx\n\n"
                )
            ),
            "what other readers read, a template, prose between two lines, and no Markdown",
        ),
        Good(
            dict(unpacked(b"<<<FILE INDEX INDEX.md>>>\n---\n---\n- [A](a.md)\n\n<<<FILE 0 a.md>>>\nx\n\n")),
            "none at all",
        ),
    ],
    bad=[
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\ntitle: Logs: 1887\n---\n- [A](a.md)\n\n<<<FILE 0 a.md>>>\nx\n\n"
                )
            ),
            ["INDEX.md:2:12"],
        ),
        Bad(
            {"INDEX.md": b"- `a.md`\n", "a.md": b"---\ntitle: Logs\nauthor: [Ada, Bo\n---\nThe harbour was closed.\n"},
            ["a.md:4:1"],
            note="a document whose index has no schema",
        ),
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\nmetadata: schema.json\n---\n- [A](a.md)\n- [S](schema.json)\n\n"
                    + _SCHEMA
                    + b"<<<FILE 0 a.md>>>\n---\n- Harbour\n- Log\n---\nx\n\n"
                )
            ),
            ["a.md:2:1"],
            note="a list, and no mapping of keys to values",
        ),
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\ntitle: &t Logs\nsource: *t\n---\n- [A](a.md)\n\n"
                    b"<<<FILE 0 a.md>>>\nx\n\n"
                )
            ),
            ["INDEX.md:2:8"],
            note="anchors and aliases are refused: a few lines of them can grow without end",
        ),
    ],
)
def malformed_front_matter(document: Document) -> Iterator[Hit]:
    """The front matter is not YAML, or not a mapping of keys to values.

    So nobody can read what it says: its title, date or licence are lost. Often a value has a colon or begins
    with a character that means something in YAML; then quotes help.

    YAML 1.2.2, without anchors, aliases, merge keys and tags; at most 64 KiB and 64 levels. That holds for an
    INDEX.md, and for the documents whose index names a schema for them (`metadata`). Other documents owe
    nothing to anybody here: their front matter is judged in Markdown alone, where most lines begin with a
    key, and nothing is said of what another reader could read, nor of templates that are to be filled in.
    """
    found = frontmatter.judged(document)
    if found is not None and found.error is not None:
        yield Hit(found.error.span, {"reason": found.error.detail})


@malformed_front_matter.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.add_front_matter(tree, random, b"title: a: b\n")
