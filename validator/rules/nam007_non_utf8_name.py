from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate
from validator.rule import Bad, Good, name_rule
from validator.text import shown


@name_rule(
    code="NAM007",
    name="non-utf8-name",
    severity="error",
    message="the name '{name}' is not UTF-8",
    help="rename the document with a name in UTF-8, here and in the index",
    good=[Good("<<<FILE 1 café.txt>>>\nx\n\n<<<END 1>>>\n".encode())],
    bad=[
        Bad(b"<<<FILE 1 caf\xe9.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:14"]),
        Bad(
            {"INDEX.md": b"- [A](<caf%E9.txt>)\n", "caf\udce9.txt": b"x\n"},
            ["caf\udce9.txt"],
            note="a file whose name was written in another encoding",
        ),
    ],
)
def non_utf8_name(name: Name) -> Iterator[Hit]:
    """The name holds bytes that are not UTF-8, mostly because it was written in an older encoding.

    Every program shows it in its own way, many cannot open it at all, and JSON cannot hold it. The
    message writes such bytes as ``\\xNN``; where Windows-1252 gives them a meaning, the help says which.
    """
    for at, character in enumerate(name.text):
        if "\udc80" <= character <= "\udcff":
            yield Hit(locate(name, at, at + 1), {"name": shown(name.text)}, _in_windows_1252(name.text))
            return


def _in_windows_1252(text: str) -> str:
    try:
        meant = text.encode("utf-8", "surrogateescape").decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return f"in Windows-1252 it reads {meant!r}: rename it to what was meant, in UTF-8, here and in the index"


@non_utf8_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: name[:1] + random.randrange(0x80, 0x100).to_bytes() + name[1:])
