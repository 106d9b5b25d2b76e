"""Names of loose files and of blocks: which need a second look, where they stand, which collide.

Names are judged part by part, a part being what stands between slashes. What is reserved follows what
Windows refuses (``ntpath.isreserved`` of Python 3.13), on every system: a collection travels.
"""

from __future__ import annotations

from validator import framing
from validator.matching import spelling
from validator.model import TYPE_CHECKING, Block, Collection, Container, Name, Names, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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


def are_plain(names: Sequence[str]) -> bool:
    """Whether all of some names are plain, looked at together: a million of them take a moment."""
    text = "\n".join(names)
    if not text.isascii() or text.count("\n") >= max(len(names), 1):
        return False
    return not names or (max(map(len, names)) <= _SHORT and _are_plain(text.encode()))


def _are_plain(names: bytes) -> bool:
    """Whether short names, a line each, are plain."""
    if names.translate(None, _PLAIN + b"\n"):
        return False
    parts = b"\n%b\n" % names.translate(_FOLDED)
    if b"\n\n" in parts or b"\n." in parts or b".\n" in parts:
        return False
    return not any(head in parts and (head + b"\n" in parts or head + b"." in parts) for head in _HEADS)


_FOLDED = bytes.maketrans(b"/ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789", b"\nabcdefghijklmnopqrstuvwxyz11111111")
_HEADS = (b"\ncon", b"\nprn", b"\naux", b"\nnul", b"\ncom1", b"\nlpt1")
"""How the plain ones among ``DEVICES`` begin, in lower case and with one digit for all."""


def is_device(part: str) -> bool:
    """Whether Windows takes a part of a name for a device: ``nul``, ``aux.txt``, ``COM¹``."""
    return part.partition(".")[0].rstrip(" ").upper() in DEVICES


def is_git(part: str) -> bool:
    """Whether git, on some system, takes a part of a name for its own folder: ``.GIT``, ``git~1``, ``.git:a``."""
    return part.partition(":")[0].rstrip(" .").lower() in (".git", "git~1")


def has_drive(text: str) -> bool:
    """Whether a name begins with a Windows drive: ``C:notes.txt``."""
    return text[1:2] == ":" and text[0].isascii() and text[0].isalpha()


def is_absolute(text: str) -> bool:
    """Whether a name begins at a root: a slash, a backslash, a network share or a drive."""
    return text.startswith(("/", "\\")) or has_drive(text)


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


_AT_ONCE = 10_000
"""Names that are looked at together."""


def loose_names(names: Names) -> Iterator[Name]:
    """The names of loose files that need a second look.

    What there is to say of a folder is said with the first file in it; one behind that file whose own name
    is plain needs no look.
    """
    texts = names.texts
    if all(are_plain(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)):
        return
    said: set[str] = set()
    for name in map(names.__getitem__, range(len(texts))):
        if not is_plain(name.text):
            fresh = [name.text.rpartition("/")[2], *_new_folders(name.text, said)]
            if len(name.text) > _SHORT or not all(is_plain(part) for part in fresh):
                yield name


def _new_folders(text: str, said: set[str]) -> Iterator[str]:
    """What the folders are called in which a file lies, without those that were said; they count as said then."""
    end = text.rfind("/")
    while end >= 0 and text[:end] not in said:
        said.add(text[:end])
        yield text[text.rfind("/", 0, end) + 1 : end]
        end = text.rfind("/", 0, end)


def block_names(held: Container) -> Iterator[Name]:
    """The names of a container's blocks that need a second look, each where it stands.

    The name of an unterminated header is a guess, and nothing is said of it.
    """
    if _blocks_are_plain(held.layout.blocks):
        return
    for block, _ in framing.documents(held):
        raw = b"" if "unterminated" in block.oddities else framing.intended(block)[1]
        text = raw.decode("utf-8", "surrogateescape")
        if raw and not is_plain(text):
            yield Name(text, held.place, framing.parts(block)[1])


def _blocks_are_plain(blocks: Sequence[Block]) -> bool:
    """Whether all blocks have regular headers, which mean what they say, and plain names."""
    if any(block.oddities or b"=" in block.id for block in blocks):
        return False
    raw = [block.name for block in blocks]
    return not raw or (max(map(len, raw)) <= _SHORT and _are_plain(b"\n".join(raw)))


def groups(collection: Collection) -> Iterator[tuple[Sequence[str], Callable[[int], Name]]]:
    """Names that must not collide, with what makes a ``Name`` of the one with a given number.

    These are the loose files of the collection, and the blocks of each container.
    """
    yield collection.names.texts, collection.names.__getitem__
    for held in collection.containers:
        yield _blocks_of(held)


def _blocks_of(held: Container) -> tuple[Sequence[str], Callable[[int], Name]]:
    named = [(block, name) for block, _ in framing.documents(held) if (name := framing.intended(block)[1])]
    texts = [name.decode("utf-8", "surrogateescape") for _, name in named]
    return texts, lambda number: Name(texts[number], held.place, framing.parts(named[number][0])[1])


def are_apart(texts: Sequence[str]) -> bool:
    """Whether all names are different, however they are spelt, and none is also a folder of another.

    Then there are neither ``collisions`` nor ``files_as_folders``.
    """
    folders: set[str] = set()
    for folder in {text[: text.rfind("/")] for text in texts if "/" in text}:
        while folder not in folders:
            folders.add(folder)
            folder = folder[: max(folder.rfind("/"), 0)]
    around = set(map(spelling, folders))
    if len(around) < len(folders) or not around.isdisjoint(texts):
        return False
    respelled = [spelled for text in texts if (spelled := spelling(text)) != text]  # few, in most collections
    others = set(respelled)
    if len(others) < len(respelled) or not others.isdisjoint(around) or not others.isdisjoint(texts):
        return False
    is_ordered = all(map(str.__lt__, texts, texts[1:]))
    return is_ordered or len(set(texts)) == len(texts)


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


def collisions(texts: Sequence[str]) -> Iterator[tuple[int, str, str, str]]:
    """Different names with one spelling, of files and of folders.

    Each as (number of the later one, its name, the earlier one's name, what they differ in). The name of a
    folder ends in a slash; it comes with a file in it, unless that one collides itself.
    """
    told = set()
    for number, other, difference in twins(texts):
        told.add(number)
        yield number, texts[number], texts[other], difference
    for number, folder, earlier in _twin_folders(texts):
        if number not in told:
            yield number, folder, earlier, "normalization" if nfc(folder) == nfc(earlier) else "case"


def _twin_folders(texts: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Folders that are spelt in two ways, as (number of a name in the later one, it, the earlier one)."""
    spelled = [spelling(text) for text in texts]
    told: set[str] = set()
    last = -1
    for number in _by_folder(spelled):
        if last >= 0 and _folder(texts[last]) != _folder(texts[number]):
            depth = _first_difference(texts[last].split("/"), texts[number].split("/"))
            folder = _top(spelled[number], depth)
            if folder and folder not in told:
                told.add(folder)
                earlier, later = sorted((last, number))
                yield later, _top(texts[later], depth), _top(texts[earlier], depth)
        last = number


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int:
    """How deep the outermost folder lies that two names spell differently; 0 if they share none such."""
    for depth, (a, b) in enumerate(zip(one[:-1], other[:-1], strict=False), 1):
        if a != b:
            return depth if spelling(a) == spelling(b) else 0
    return 0


def _folder(text: str) -> str:
    """The folder that a name lies in, with the slash behind it."""
    return text[: text.rfind("/") + 1]


def _top(text: str, depth: int) -> str:
    """The first parts of a name, each with the slash behind it."""
    return "".join(f"{part}/" for part in text.split("/", depth)[:depth])


def files_as_folders(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Names that are also a folder of another: the number of the file, and of the first name in the folder."""
    spelled = [spelling(text) for text in texts]
    first: dict[int, int] = {}
    around: list[int] = []  # the files that the name at hand takes for folders, the innermost last

    def leave() -> None:
        """What lies in a folder lies in the one around it too."""
        file = around.pop()
        if around and file in first:
            first[around[-1]] = min(first[around[-1]], first[file])

    for number in _by_folder(spelled):
        if around and spelled[number] == spelled[around[-1]]:
            continue
        while around and not spelled[number].startswith(f"{spelled[around[-1]]}/"):
            leave()
        if around:
            first[around[-1]] = min(first.get(around[-1], number), number)
        around.append(number)
    while around:
        leave()
    yield from sorted(first.items())


def _by_folder(spelled: Sequence[str]) -> Sequence[int]:
    """The numbers of names, sorted so that what lies in a folder follows directly on a file of its name."""
    keys = [text.replace("\0", _NO_CHARACTER).replace("/", "\0") for text in spelled]
    return sorted(range(len(spelled)), key=keys.__getitem__)


_NO_CHARACTER = "\ud800"
"""A surrogate that no name holds."""
