"""Names of loose files and of blocks: which need a second look, where they stand, which collide.

Names are judged part by part, a part being what stands between slashes. What is reserved follows what
Windows refuses (``ntpath.isreserved`` of Python 3.13), on every system: a collection travels.
"""

from __future__ import annotations

from validator import framing
from validator.matching import spelling
from validator.model import TYPE_CHECKING, Collection, Container, Name, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

DEVICES = frozenset(
    [
        *("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"),
        *(f"{device}{digit}" for device in ("COM", "LPT") for digit in "123456789¹²³"),
    ]
)
"""What Windows takes for a device, in any folder and with any suffix."""

_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./"
_SHORT = 200


def is_plain(name: str) -> bool:
    """Whether a name needs no second look: short, of letters, digits and ``_-./``, with sound parts."""
    if not name.isascii() or len(name) > _SHORT or name.encode().translate(None, _PLAIN):
        return False
    return not any(part == "" or part[0] == "." or part[-1] == "." or is_device(part) for part in name.split("/"))


def is_device(part: str) -> bool:
    """Whether Windows takes a part of a name for a device: ``nul``, ``aux.txt``, ``COM¹``."""
    return part.partition(".")[0].rstrip(" ").upper() in DEVICES


def has_drive(text: str) -> bool:
    """Whether a name begins with a Windows drive: ``C:notes.txt``."""
    return text[1:2] == ":" and text[0].isascii() and text[0].isalpha()


def is_absolute(text: str) -> bool:
    """Whether a name begins at a root: a slash, a network share or a drive."""
    return text.startswith(("/", "\\\\")) or has_drive(text)


def parts(text: str) -> Iterator[tuple[int, str]]:
    """The parts of a name, each with the index of its first character."""
    at = 0
    for part in text.split("/"):
        yield at, part
        at += len(part) + 1


def locate(name: Name, start: int, end: int) -> Span | None:
    """Where the characters from ``start`` to ``end`` of a name stand; ``None`` for a loose file."""
    if name.span is None:
        return None
    at = name.span.start + size(name.text[:start])
    return Span(at, at + size(name.text[start:end]))


def size(text: str) -> int:
    """How many bytes a name or a piece of one takes."""
    return len(text.encode("utf-8", "surrogateescape"))


def loose_names(names: Iterable[Name]) -> Iterator[Name]:
    """The names of loose files that need a second look.

    Of the files in one folder whose own names are plain the first is enough: what remains to be said is
    about the folder.
    """
    said: set[str] = set()
    for name in names:
        if not is_plain(name.text):
            folder, _, last = name.text.rpartition("/")
            if folder not in said or len(name.text) > _SHORT or not is_plain(last):
                yield name
            said.add(folder)


def block_names(held: Container) -> Iterator[Name]:
    """The names of a container's blocks that need a second look, each where it stands.

    The name of an unterminated header is a guess, and nothing is said of it.
    """
    for block, _ in framing.documents(held):
        raw = b"" if "unterminated" in block.oddities else framing.intended(block)[1]
        text = raw.decode("utf-8", "surrogateescape")
        if raw and not is_plain(text):
            yield Name(text, held.place, framing.parts(block)[1])


def groups(collection: Collection) -> Iterator[tuple[Sequence[str], Callable[[int], Name]]]:
    """Names that must not collide, with what makes a ``Name`` of the one with a given number.

    These are the loose files of the collection, and the blocks of each container.
    """
    yield [name.text for name in collection.names], collection.names.__getitem__
    for held in collection.containers:
        yield _blocks_of(held)


def _blocks_of(held: Container) -> tuple[Sequence[str], Callable[[int], Name]]:
    named = [block for block, _ in framing.documents(held) if framing.intended(block)[1]]
    texts = [framing.intended(block)[1].decode("utf-8", "surrogateescape") for block in named]
    return texts, lambda number: Name(texts[number], held.place, framing.parts(named[number])[1])


def twins(texts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Different names with one spelling, as (number, number of an earlier one, what they differ in).

    They differ in ``normalization``, or else in ``case``. Each name comes once at most, with the first
    that it differs least from; a name that is repeated exactly counts once.
    """
    first: dict[str, int] = {}
    composed: dict[str, int] = {}
    seen: set[str] = set()
    for number, text in enumerate(texts):
        other = first.setdefault(spelling(text), number)
        if text == texts[other] or text in seen:
            continue
        seen.add(text)
        composed.setdefault(nfc(texts[other]), other)
        twin = composed.setdefault(nfc(text), number)
        if twin == number:
            yield number, other, "case"
        else:
            yield number, twin, "normalization"


def nfc(text: str) -> str:
    """A name in Unicode's composed form (UAX #15)."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFC", text)


def files_as_folders(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Names that are also a folder of another: the number of the file, and of the first name in the folder."""
    files: dict[str, int] = {}
    folders: dict[str, int] = {}
    for number, text in enumerate(texts):
        spelled = spelling(text)
        files.setdefault(spelled, number)
        folder = spelled.rpartition("/")[0]
        while folder and folder not in folders:
            folders[folder] = number
            folder = folder.rpartition("/")[0]
    for spelled, number in files.items():
        if spelled in folders:
            yield number, folders[spelled]
