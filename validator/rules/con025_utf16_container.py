from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import LARGEST
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON025",
    name="utf16-container",
    severity="error",
    message="the container is in {encoding}, so that nothing in it can be checked",
    help="write it as UTF-8: `iconv -f UTF-16 -t UTF-8`, or UTF-32",
    good=[Good("<<<FILE 7 a.txt>>>\nслово\n\n<<<END 1>>>\n".encode())],
    bad=[
        Bad(
            "\ufeff<<<FILE 7 a.txt>>>\nслово\n\n<<<END 1>>>\n".encode("utf-16-le"),
            ["all.bundle"],
            mended="<<<FILE 7 a.txt>>>\nслово\n\n<<<END 1>>>\n".encode(),
        ),
        Bad("<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n".encode("utf-16-be"), ["all.bundle"]),
        Bad("\ufeff<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n".encode("utf-32-le"), ["all.bundle"]),
    ],
)
def utf16_container(container: Container) -> Iterator[Hit]:
    """The container is in UTF-16 or UTF-32.

    A shell that redirects output in UTF-16 does this without asking, and every document inside is
    affected. Markers are bytes, and the documents are UTF-8; nothing else is said of the file until it is
    converted. The fix does that, if the whole file is well-formed, begins with a header, and is no larger than
    64 MiB.
    """
    if container.encoding:
        help = f"write it as UTF-8: `iconv -f {container.encoding} -t UTF-8`"
        yield Hit(None, {"encoding": container.encoding}, help, fix=_fix(container))


def _fix(container: Container) -> Fix | None:
    whole = Span(0, container.layout.size or container.place.size)
    if whole.end > LARGEST:
        return None
    try:
        text = container.place.read(whole.start, whole.end).decode(container.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    return Fix((Edit(whole, text.encode()),), safe=False) if text.startswith("<<<FILE") else None


@utf16_container.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    encoding = random.choice(["utf-16", "utf-32"])
    faults.change(tree, random.choice(faults.containers(tree)), lambda data: data.decode().encode(encoding))
