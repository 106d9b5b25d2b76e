from __future__ import annotations

from collections.abc import Iterator

from validator import faults, frontmatter, screening
from validator.matching import leads_out
from validator.model import TYPE_CHECKING, Document, Hit, Span
from validator.rule import Bad, Good, document_rule, unpacked

if TYPE_CHECKING:
    from validator.frontmatter import FrontMatter
    from validator.metadata import Schema

_INDEX = b"<<<FILE INDEX INDEX.md>>>\n---\nmetadata: schema.json\n---\n- [A](a.md)\n- [S](schema.json)\n\n"
_SCHEMA = (
    b'<<<FILE S schema.json>>>\n{"required": ["title"], "properties": {"title": {"type": "string"}, '
    b'"date": {"pattern": "^1[0-9]+$"}}}\n\n'
)


@document_rule(
    code="MET003",
    name="schema-violation",
    severity="error",
    message="the front matter is not as its schema asks: {problem}",
    help="correct the value, or the schema if it asks for too much",
    wakes=screening.FRONT_MATTER | screening.DESCRIBED,
    good=[
        Good(dict(unpacked(_INDEX + _SCHEMA + b"<<<FILE 0 a.md>>>\n---\ntitle: A\ndate: 1887\n---\nx\n\n"))),
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\nversion: 1.5\nkeeper: Ada\n---\n- [A](a.md)\n\n"
                    b"<<<FILE 0 a.md>>>\nx\n\n"
                )
            ),
            "an index may have keys of its own",
        ),
    ],
    bad=[
        Bad(
            dict(unpacked(_INDEX + _SCHEMA + b"<<<FILE 0 a.md>>>\n---\ntitle: 7\ndate: May\n---\nx\n\n")),
            ["a.md:2:1", "a.md:3:1"],
        ),
        Bad(
            dict(unpacked(_INDEX + _SCHEMA + b"<<<FILE 0 a.md>>>\nx\n\n")),
            ["a.md:1:1"],
            note="a Markdown document without front matter has no title",
        ),
        Bad(
            dict(
                unpacked(b"<<<FILE INDEX INDEX.md>>>\n---\ntitle: [A, B]\n---\n- [A](a.md)\n\n<<<FILE 0 a.md>>>\nx\n\n")
            ),
            ["INDEX.md:2:1"],
            note="the front matter of an index has a schema too",
        ),
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\nmetadata: x.json\n---\n- [A](a.md)\n\n<<<FILE 0 a.md>>>\nx\n\n"
                )
            ),
            ["INDEX.md:2:1"],
            note="the schema that it names is not there",
        ),
    ],
)
def schema_violation(document: Document) -> Iterator[Hit]:
    """The front matter is not as its schema asks: a key is missing or unknown, or a value is of another kind.

    Programs that read the collection rely on these values, and stumble over the one that is different. An
    INDEX.md may say `metadata: schema.json`; then that JSON Schema, a file of the collection, holds for the
    front matter of the documents that it governs: of all in Markdown, and of others that have any. A schema
    that cannot be used is reported at that key.

    JSON Schema, draft 2020-12. Nothing is fetched: a `$ref` stays inside the file. `pattern` is matched in
    linear time and knows no look-around; `patternProperties` is not supported.
    """
    if document.is_index:
        yield from _of_index(document)
    elif document.index is not None and document.index.schema is not None:
        yield from _of_document(document, document.index.schema)


def _of_index(document: Document) -> Iterator[Hit]:
    found = frontmatter.read(document.data)
    if found is None or found.error is not None:
        return
    from validator import metadata

    yield from _violations(metadata.of_indexes(), found)
    name = found.values.get("metadata")
    if not isinstance(name, str) or document.index is None:
        return
    problem = ""
    if document.index.schema is None:
        problem = "leads out of the collection" if leads_out(name) else "is not there, or cannot be read"
    else:
        try:
            metadata.compiled(document.index.schema)
        except metadata.Unusable as why:
            problem = f"cannot be used: {why}"
    if problem:
        yield Hit(
            found.spans["metadata",],
            {"problem": f"the schema {name!r} {problem}"},
            "name a JSON Schema in the collection, relative to the index",
        )


def _of_document(document: Document, source: bytes) -> Iterator[Hit]:
    from validator import metadata

    found = frontmatter.read(document.data)
    if found is None and not document.name.lower().endswith((".md", ".markdown")):
        return
    if found is not None and found.error is not None:
        return
    try:
        schema = metadata.compiled(source)
    except metadata.Unusable:
        return  # said of the index
    try:
        yield from _violations(schema, found or frontmatter.FrontMatter({}, {}))
    except metadata.Unusable as why:
        yield Hit(Span(0, 0), {"problem": f"the schema cannot be used: {why}"})


def _violations(schema: Schema, found: FrontMatter) -> Iterator[Hit]:
    for violation in schema.violations(found.values):
        path = violation.path
        while path and path not in found.spans:
            path = path[:-1]
        help = f"the schema asks for: {violation.expected}" if violation.expected else ""
        yield Hit(found.spans.get(path, Span(0, 0)), {"problem": violation.problem}, help)


@schema_violation.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.add_front_matter(tree, random, b"license: [One]\n", b"license")
