"""What an index lists against what is there: pure comparison, no judgement.

Names are compared exactly first. What remains is paired by spelling (equal but for case and Unicode
normalisation, UAX #15) and then by digest, so that one mistake gives one finding.
"""

from __future__ import annotations

from validator.digests import blake3, sha256
from validator.manifest import COLUMNAR, NAME, is_own
from validator.model import TYPE_CHECKING, Entry, Index, Record, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


_SPOKEN_OF = ("", "converted", "cut-off", "end-marker", "swallowing", "fragment")
"""Differences that are none, or of which a rule on the container speaks."""

_LONGEST = 4096
"""Characters of a name: no file system takes a longer one."""

_BOM = b"\xef\xbb\xbf"


def digest(data: bytes) -> str:
    """The SHA-256 of a document, in lower-case hexadecimal."""
    return sha256(data).hexdigest()


def spelling(name: str) -> str:
    """A key that is equal for names which some file systems take for the same."""
    if name.isascii():
        return name.lower()
    from unicodedata import normalize

    return normalize("NFC", normalize("NFC", name).casefold())


def leads_out(name: str) -> bool:
    """Whether a listed name points out of the index's folder: absolute, on a drive, or up through ``..``."""
    if name.startswith(("/", "\\")) or (name[1:2] == ":" and name[0].isascii() and name[0].isalpha()):
        return True
    depth = 0
    for part in name.replace("\\", "/").split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return True
    return False


def by_name(index: Index) -> dict[str, Entry]:
    """The entries by name; of several with one name, the first."""
    entries: dict[str, Entry] = {}
    for entry in index.entries:
        entries.setdefault(entry.name, entry)
    return entries


def is_same(entry: Entry | None, size: int, sha256: str, blake3: str = "") -> bool:
    """Whether a document is what its entry says, or nothing is said of its content."""
    if entry is None:
        return True
    return entry.proves(sha256, blake3) if entry.has_digest else entry.size in (None, size)


def has_listed_digest(data: bytes, entry: Entry) -> bool:
    """Whether bytes have a digest that an entry gives."""
    if entry.sha256 is not None and sha256(data).hexdigest() == entry.sha256:
        return True
    return entry.blake3 is not None and blake3(data).hexdigest() == entry.blake3


def difference(data: bytes, sha256: str, entry: Entry | None, blake3: str = "") -> str:
    """How a document departs from its entry; see ``model.Record``."""
    if entry is None:
        return ""
    if entry.has_digest:
        return "" if entry.proves(sha256, blake3) else _explained(data, entry)
    if entry.size is None or entry.size == len(data):
        return ""
    if entry.size == len(data) + 1 and not data.endswith(b"\n"):
        return "final-newline-lost"
    if entry.size == len(data) - 1 and data.endswith(b"\n"):
        return "final-newline-added"
    crlf, lf = data.count(b"\r\n"), data.count(b"\n")
    if lf and entry.size in (len(data) - crlf, len(data) + lf - crlf):
        return "line-ends"
    return "content"


def _explained(data: bytes, entry: Entry) -> str:
    """Which small change gives a document the listed digest; each is tried at the cost of one more hash."""
    hashed, wanted = (sha256, entry.sha256) if entry.sha256 is not None else (blake3, entry.blake3)

    def matches(variant: bytes) -> bool:
        return variant != data and hashed(variant).hexdigest() == wanted

    whole = hashed(data)
    for newline in (b"\n", b"\r\n"):
        longer = whole.copy()
        longer.update(newline)
        if longer.hexdigest() == wanted:
            return "final-newline-lost"
    if data.endswith(b"\n") and (matches(data[:-1]) or matches(data.removesuffix(b"\r\n"))):
        return "final-newline-added"
    unix = data.replace(b"\r\n", b"\n")
    if matches(unix) or matches(unix.replace(b"\n", b"\r\n")):
        return "line-ends"
    if matches(data.removeprefix(_BOM)) or (not data.startswith(_BOM) and matches(_BOM + data)):
        return "byte-order-mark"
    if not data.isascii():
        from unicodedata import normalize

        text = data.decode("utf-8", "surrogateescape")
        if any(matches(normalize(form, text).encode("utf-8", "surrogateescape")) for form in ("NFC", "NFD")):
            return "normalization"
    return "content"


def compare(scope: Scope) -> Scope:
    """Fill in what the index and the documents of a scope do not agree on."""
    if scope.index is None or not scope.index.readable:
        return scope
    entries = by_name(scope.index)
    repeated = tuple((e, entries[e.name]) for e in scope.index.entries if entries[e.name] is not e)
    present = {name for record in scope.records for name in names_of(record)} | scope.hidden
    missing = [
        e
        for name, e in entries.items()
        if name not in present and not is_own(name, scope.index) and not leads_out(name)
    ]
    missing = [entry for entry in missing if not _is_unread(entry.name, scope.unread)]
    unlisted = _unlisted(scope.records, entries)
    respelled = _pair(missing, unlisted, lambda e: spelling(e.name), lambda r: spelling(r.name))
    renamed = _pair(missing, unlisted, lambda e: e.sha256 or "", lambda r: r.sha256)
    renamed += _pair(missing, unlisted, lambda e: e.blake3 or "", lambda r: r.blake3)
    return Scope(
        scope.path, scope.index, scope.records, tuple(missing), tuple(unlisted), renamed, respelled, repeated,
        scope.hidden, scope.unread, scope.needs_index,
    )  # fmt: skip


def within(record: Record) -> str:
    """Where a document is, to be said behind its name: `` in 'all.bundle'``, or nothing for a loose file."""
    return f" in {record.path!r}" if record.container is not None else ""


def departure(record: Record) -> tuple[str, str]:
    """How a document departs from its entry, in plain words, and what to do."""
    if record.difference in _DEPARTURES:
        return _DEPARTURES[record.difference]
    listed = record.entry.size if record.entry is not None else None
    change = record.size - listed if listed is not None else 0
    amount = f"{abs(change):,} byte{'s' if abs(change) > 1 else ''} {'longer' if change > 0 else 'shorter'}"
    said = f"it is {amount}" if change else "it has other bytes"
    new = f"{_digests(record)}, and size, {record.size}"
    return said, f"restore the document; if the change is meant, `validate index` lists its new {new}"


def wrong_digest(record: Record) -> str:
    """The column of the one digest in the entry of a document that is wrong, where another proves the document."""
    entry = record.entry
    if entry is None or entry.sha256 is None or entry.blake3 is None or not entry.proves(record.sha256, record.blake3):
        return ""
    return "blake3" if entry.blake3 != record.blake3 else "sha256" if entry.sha256 != record.sha256 else ""


def _digests(record: Record) -> str:
    """The digests that the entry of a document should give, in words."""
    if record.entry is None or record.entry.blake3 is None:
        return f"digest, {record.sha256}"
    if record.entry.sha256 is None:
        return f"digest, {record.blake3}"
    return f"sha256, {record.sha256}, blake3, {record.blake3}"


_DEPARTURES = {
    "final-newline-lost": (
        "only its final newline is missing",
        "put the newline back: an editor or a script has taken it away",
    ),
    "final-newline-added": (
        "only a final newline was added",
        "take the newline away again, or list the new size and digest",
    ),
    "line-ends": (
        "only the line ends differ",
        "restore the line ends; with git, `* -text` in .gitattributes keeps them as they are",
    ),
    "byte-order-mark": (
        "only a byte order mark was added or taken away",
        "save the document as before, as UTF-8 with or without the mark, or list its new digest",
    ),
    "normalization": (
        "only the Unicode normalisation differs",
        "restore the document: some program has composed or decomposed its accented letters",
    ),
}


def _is_unread(name: str, unread: frozenset[str]) -> bool:
    """Whether a document, a folder that it lies in, or its container is there and could not be read."""
    ends = [at for at, character in enumerate(name[:_LONGEST]) if character in "/#"] if unread else []
    return name in unread or any(name[:end] in unread for end in ends)


def names_of(record: Record) -> tuple[str, ...]:
    """What an index may call a document: its name, and for a block also ``container#name``."""
    return (record.name, record.address) if record.address else (record.name,)


def without_framing_newlines(records: Iterable[Record]) -> frozenset[str]:
    """The containers, by path, that were written without framing newlines.

    There every body has lost its last newline: at least one body with a newline more has the listed
    digest or size, and none that is listed matches as it is.
    """
    lost: set[str] = set()
    whole: set[str] = set()
    for record in records:
        if record.container is not None and record.is_pinned:
            if record.difference == "final-newline-lost":
                lost.add(record.path)
            elif not record.difference:
                whole.add(record.path)
    return frozenset(lost - whole)


def changed(records: Iterable[Record]) -> list[Record]:
    """The documents that depart from what is known of them, but for those of whose container a rule speaks."""
    known = list(records)
    found = [record for record in known if record.difference not in _SPOKEN_OF]
    lost = without_framing_newlines(known) if found else frozenset()
    return [record for record in found if record.path not in lost]


RELATIONS = ("copyof", "versionof", "translationof")
"""Columns of an index, reduced to their letters, that say of a document which other one it resembles on purpose."""
_INDEXES = (NAME, COLUMNAR)
TELLING = 64
"""Bytes with which a document hardly ever equals another by chance, as a line or two may."""


def comparable(scopes: Iterable[Scope]) -> list[Record]:
    """The documents that should resemble no other.

    Each content that is packed as well, or declared, is left out, and so are indexes and blocks without a name (see
    CON002).
    """
    return [
        record
        for scope in scopes
        for record in scope.records
        if record.size >= TELLING
        and record.name
        and not record.name.endswith(_INDEXES)
        and not record.copy_of
        and not (record.entry and is_declared(record.entry))
    ]


def is_declared(entry: Entry) -> bool:
    """Whether an index says of a document that it is a copy, a version or a translation of another."""
    said = entry.metadata
    return bool(said) and any(word and _letters(column) in RELATIONS for column, word in said.items())


def copies(records: Sequence[Record]) -> list[list[Record]]:
    """Documents with the same bytes, in groups, the first of each first.

    A block has the name of the loose file or block that it is a copy of, in whatever folder; then it counts for none.
    """
    digests = contents(records)
    if len(set(digests)) == len(digests):
        return []
    alike: dict[str, list[Record]] = {}
    for digest, record in zip(digests, records, strict=True):
        if digest:
            alike.setdefault(digest, []).append(record)
    groups = (_without_packed(sorted(group, key=place_of)) for group in alike.values() if len(group) > 1)
    return sorted((group for group in groups if len(group) > 1), key=lambda group: place_of(group[0]))


def contents(records: Sequence[Record]) -> list[str]:
    """A digest of each document, the same for the same bytes as far as is known; empty where nothing is.

    Of a document that is listed with BLAKE3 alone, SHA-256 is not known, unless another with its bytes has both.
    """
    alone = any(not record.sha256 for record in records)
    known = {record.blake3: record.sha256 for record in records if record.sha256 and record.blake3} if alone else {}
    return [record.sha256 or known.get(record.blake3, record.blake3) for record in records]


def place_of(record: Record) -> tuple[bool, str, int]:
    """Loose files by name, then blocks: the same order whatever they are read in."""
    return record.container is not None, record.path, record.header.start if record.header is not None else 0


def _without_packed(group: Iterable[Record]) -> list[Record]:
    """Documents, but for blocks that have the last name of one before."""
    loose = {record.name.rpartition("/")[2] for record in group if record.container is None}
    kept = []
    for record in group:
        last = (record.block or record.name).rpartition("/")[2]
        if record.container is None or last not in loose:
            kept.append(record)
            loose.add(last)
    return kept


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def _unlisted(records: Iterable[Record], entries: dict[str, Entry]) -> list[Record]:
    """Documents without an entry.

    A block without a name can have none. A packed copy needs none, nor do the blocks of a container that
    is itself listed; and a container whose blocks are listed needs none of its own.
    """
    loose = {record.name for record in records if not record.address}
    carriers = {r.carrier for r in records if r.address and any(name in entries for name in names_of(r))}
    unlisted = []
    for record in records:
        if not record.name or any(name in entries for name in names_of(record)):
            continue
        if not record.address:
            if record.name not in carriers:
                unlisted.append(record)
        elif record.name not in loose and record.carrier in carriers and record.carrier not in entries:
            unlisted.append(record)
    return unlisted


def _pair(
    missing: list[Entry],
    unlisted: list[Record],
    key_of_entry: Callable[[Entry], str],
    key_of_record: Callable[[Record], str],
) -> tuple[tuple[Entry, Record], ...]:
    """Take pairs with equal keys out of both lists."""
    waiting: dict[str, list[Record]] = {}
    for record in reversed(unlisted):
        waiting.setdefault(key_of_record(record), []).append(record)
    pairs = []
    if not missing or not waiting:
        return ()
    for entry in list(missing):
        key = key_of_entry(entry)
        if key and waiting.get(key):
            pairs.append((entry, waiting[key].pop()))
    gone = {id(entry) for entry, _ in pairs}
    taken = {id(record) for _, record in pairs}
    missing[:] = [entry for entry in missing if id(entry) not in gone]
    unlisted[:] = [record for record in unlisted if id(record) not in taken]
    return tuple(pairs)
