from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate, parts, size
from validator.rule import Bad, Good, name_rule

_PART = 255
_WHOLE = 1024
_SHOWN = 40


@name_rule(
    code="NAM012",
    name="name-too-long",
    severity="warning",
    message="{what} that begins {beginning!r} is {size:,} bytes long, and {limit:,} is the most that travels safely",
    help="shorten it, here and in the index; most letters outside English take two or three bytes",
    good=[Good(b"<<<FILE 1 %b/%b.txt>>>\nx\n\n<<<END 1>>>\n" % (b"a" * 255, b"b" * 251), "at the limit")],
    bad=[
        Bad(b"<<<FILE 1 a/%b.txt>>>\nx\n\n<<<END 1>>>\n" % (b"b" * 252), ["all.bundle:1:13"]),
        Bad("<<<FILE 1 {}.txt>>>\nx\n\n<<<END 1>>>\n".format("天" * 84).encode(), ["all.bundle:1:11"]),
        Bad(
            b"<<<FILE 1 %bb.txt>>>\nx\n\n<<<END 1>>>\n" % (b"a/" * 510), ["all.bundle:1:11"], note="1,025 bytes in all"
        ),
    ],
)
def name_too_long(name: Name) -> Iterator[Hit]:
    """A part of the name is over 255 bytes long, or the whole over 1,024.

    Most file systems take no more than 255 bytes, or as many UTF-16 units, for the name of a file or a
    folder, and macOS takes 1,024 bytes for a whole path. A longer name cannot be unpacked there.
    """
    long = [(at, part) for at, part in parts(name.text) if size(part) > _PART]
    for at, part in long:
        yield Hit(locate(name, at, at + len(part)), _words("the part of a name", part, _PART))
    if not long and size(name.text) > _WHOLE:
        yield Hit(name.span, _words("the name", name.text, _WHOLE))


def _words(what: str, text: str, limit: int) -> dict[str, object]:
    return {"what": what, "beginning": text[:_SHOWN], "size": size(text), "limit": limit}


@name_too_long.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: name.replace(b"/", b"-").rjust(256, b"a"))
