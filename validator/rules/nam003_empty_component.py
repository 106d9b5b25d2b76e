from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate, parts
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM003",
    name="empty-component",
    severity="error",
    message="the name {name!r} has {what}",
    help="give the document a name of its own",
    good=[Good(b"<<<FILE 1 a/b/c.d.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE 1 a//b.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:13"]),
        Bad(b"<<<FILE 1 ./b.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"]),
        Bad(b"<<<FILE 1 a/>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:12"], note="the name of a folder"),
    ],
)
def empty_component(name: Name) -> Iterator[Hit]:
    """A part of the name is empty or a single dot: ``a//b``, ``./a``, ``a/``.

    A file system reads over such parts, so the document comes back under another name than the one
    that it was packed under. Write the name without them; a name that ends in a slash is a folder's.
    """
    text = name.text
    root = len(text) - len(text.lstrip("/"))
    for at, part in parts(text):
        if part == "." or (part == "" and at > root):
            end = at + 1 if at < len(text) else at
            what = "a part '.'" if part else "an empty part" if at < len(text) else "a slash at its end"
            sound = "/".join(part for _, part in parts(text) if part not in ("", "."))
            yield Hit(locate(name, end - 1, end), {"name": text, "what": what}, f"write {sound!r}" if sound else "")
            return


@empty_component.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: random.choice([b"./" + name, b"a//" + name, name + b"/"]), loose=False)
