"""What an INDEX.md has to say of the documents that are there: planned here, written elsewhere.

``plan`` looks at a folder and says what becomes of its index and of every index in it, the deepest first:
an index lists the one below with the digest of what that is going to be. ``planned`` does the same with a
collection that is loaded already, and ``revised`` with one index and its documents in memory.

**What is kept**: every byte but those that have to change. Front matter, words, other columns, ids and the
order of rows stay. A row that is still true stays as it is, byte for byte, and so one changed document is
one changed line. A second run changes nothing.

**What is written**: the size and the digest of a document, where the table has these columns; its title,
where that is empty; its name, where it was renamed (the digest tells) or is spelled otherwise; and a row
for each document that has none. The row of a document that is missing goes only if asked.

**Where new rows go**: where the order of the ids asks for it, if they are numbers that rise; else where
the order of the names does, if they rise; else to the end. They look like the rows beside them: aligned
where the table is, and with links where those have links.

**New ids** are made as the listed ones are: the next number, with its prefix and zeros (``007``,
``doc-12``); the beginning of the digest; the name without suffix. An id that is listed is never given
again, and a document that is packed in a container keeps the id that it has there.

**What is left alone**, and said: what only a person can decide. An entry that is there twice, one that
leads out of the folder, a row with too many cells, a block whose container is damaged, an index inside a
container. An index that cannot be read as a table or a list is an error, and then nothing is planned.
"""

from __future__ import annotations

from bisect import bisect_right

from validator import entries, identifiers, manifest, markdown, matching
from validator.digests import BLAKE3, SHA256, digests
from validator.loading import Loader
from validator.model import (
    TYPE_CHECKING,
    Collection,
    Defect,
    Document,
    Edit,
    Entry,
    Index,
    Options,
    Place,
    Problem,
    Record,
    Scope,
    UsageError,
    replaced,
    value,
)
from validator.screening import BINARY, NOT_TEXT, WIDE, screen
from validator.text import INVISIBLES
from validator.trees import Changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias, TypeVar

    from validator.identifiers import Style
    from validator.trees import Tree

    Key: TypeAlias = tuple[str, str]
    Rank = TypeVar("Rank", str, tuple[str, int])

FORMATS = ("markdown", "parquet")
"""What an index can be written as."""

COLUMNS = ("id", "name", "bytes", "sha256", "title")
"""The columns of an index that is written where there was none."""

_HEAD = 4096
"""Bytes of an index by which the loader tells whether it is text."""

_TITLE = 120
"""Characters of the longest line that is taken for a title."""

_WELCOME = "\u00a0\u202f\u3000\u200c\u200d"
"""Blanks and joiners that belong in a title, though they cannot be seen."""

_DEFECTS = {
    "cells-extra": "a row has too many cells",
    "no-name": "a row has no name",
    "gap": "blank lines cut the table",
    "column": "a column is nearly called otherwise",
    "bytes": "a size is no number",
    "sha256": "a digest is none",
    "blake3": "a digest is none",
    "date": "a date is none",
}
_NO_ENTRIES = {
    "no-name-column": "the table has no name column; call the column with the names `name`",
    "no-entries": "there is no table with a name column; add one, or delete the file to have a new one written",
    "rows-missing": "the file with the rows is not there; put it back, or take `rows` out of the front matter",
    "rows-unread": "the rows cannot be read; restore the file, or delete it to have a new one written",
    "open": "this is never closed, and what is behind it cannot be read; close the code fence or the comment",
    "other-table": "a second table with other columns lists documents; give both the same columns",
}


@value
class Update:
    """What becomes of one INDEX.md, or INDEX.parquet.

    ``name`` is relative to the tree, ``path`` what the user would write; ``before`` is ``None`` where there
    is no index yet. ``added``, ``dropped``, ``renamed`` (from and to), ``refreshed`` (other sizes or digests)
    and ``titled`` are names as the index lists them. ``missing`` are those that are still listed and not
    there; ``notes`` say, a line each, what was left for a person to decide.
    """

    name: str
    path: str
    before: bytes | None
    after: bytes
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    refreshed: tuple[str, ...] = ()
    titled: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@value
class Plan:
    """What becomes of the indexes of a tree, the deepest first; with ``errors``, of none of them.

    ``problems`` are the files that could not be looked at; what is listed of them was left as it is.
    """

    path: str
    updates: tuple[Update, ...] = ()
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def rewrites(self) -> tuple[Update, ...]:
        """The updates that change something."""
        return tuple(update for update in self.updates if update.before != update.after)


def plan(
    tree: Tree, options: Options, *, prune: bool = False, ids: Style = "pattern", format: str = "markdown"
) -> Plan:
    """What becomes of the indexes of a tree; nothing is written.

    An index that is there keeps its form, but that at the top becomes Parquet where that is the ``format``. With
    ``prune`` the entries of missing documents go; with ``ids="digest"`` new ids come from the digest.
    """
    if not tree.is_folder:
        said = f"{tree.path!r} is a file, and an index lists what is in a folder; one in a container is packed with it"
        return Plan(tree.path, errors=(said,))
    loader = Loader(tree, options)
    titles: dict[Key, str] = {}
    try:
        for document in loader.documents():
            entry = document.record.entry
            if entry is None or not entry.title:
                titles.setdefault(_key(document.record), title_of(document))
        return planned(loader.collection(), titles, _reading(tree, options), prune=prune, ids=ids, format=format)
    finally:
        loader.close()


def _reading(tree: Tree, options: Options) -> Callable[[str], bytes | None]:
    """What gives the bytes of a file as it is now, by the path that the user would write; ``None`` if there is none."""

    def read(path: str) -> bytes | None:
        name = next((found.name for found in tree.walk(options) if tree.shown(found.name) == path), None)
        if name is None:
            return None
        try:
            source = tree.open(name)
            try:
                return source.read(0, source.size)
            finally:
                source.close()
        except (OSError, Changed):
            raise UsageError(f"{path!r} cannot be read, or changes meanwhile; run again") from None

    return read


def planned(
    collection: Collection,
    titles: Mapping[Key, str] | None = None,
    read: Callable[[str], bytes | None] = lambda path: None,
    *,
    prune: bool = False,
    ids: Style = "pattern",
    format: str = "markdown",
) -> Plan:
    """What becomes of the indexes of a collection; ``titles`` by the path and block of the document.

    ``read`` gives the bytes of an INDEX.parquet as it is now, if it is there.
    """
    updates: list[Update] = []
    errors: list[str] = []
    notes: list[str] = []
    contents: dict[str, bytes] = {}
    top = "" if collection.path in ("", ".") else collection.path.rstrip("/") + "/"
    scopes = [
        (scope.index.place if scope.index is not None else Place(top + manifest.NAME), scope)
        for scope in collection.scopes
        if scope.index is not None or scope.records
    ]
    for place, scope in sorted(scopes, key=lambda found: -found[0].path.count("/")):
        if place.document is not None:
            notes += _inside(scope, place)
            continue
        try:
            name = place.path.removeprefix(top)
            update = revised(_with_contents(scope, contents), titles, name=name, path=place.path, prune=prune, ids=ids)
            is_columnar = place.beyond or (format == "parquet" and name == manifest.NAME)
            made = _columnar(update, place, top, read) if is_columnar else [update]
        except UsageError as error:
            errors.append(str(error))
        else:
            contents |= {one.path: one.after for one in made}
            updates += made
    if not updates and not errors:
        errors.append(f"there is nothing to list in {collection.path!r}")
    return Plan(collection.path, () if errors else tuple(updates), tuple(errors), tuple(notes), collection.problems)


def _columnar(update: Update, place: Place, top: str, read: Callable[[str], bytes | None]) -> list[Update]:
    """An update of the text of an index as one of INDEX.parquet, and of the INDEX.md that points to it, if one does.

    Raises ``UsageError``.
    """
    from validator import columnar

    path = place.beyond or update.path.removesuffix(manifest.NAME) + columnar.NAME
    current = read(path)
    if not place.beyond and current is not None:
        raise UsageError(f"{path!r} is there already, and no index points to it; move it away, and run again")
    if current is None or update.before != update.after:
        rows = columnar.of_text(update.after[place.size if place.beyond else 0 :], place.beyond or update.path)
    else:
        rows = current
    made = replaced(update, name=path.removeprefix(top), path=path, before=current, after=rows)
    if update.before is None or place.path == place.beyond:
        return [made]
    digest = digests(rows)[0]
    if place.beyond:
        before = update.after[: place.size]
        after = columnar.pointing_anew(before, digest, update.path)
    else:
        before, after = update.before, columnar.pointing(update.after, digest, update.path)
    return [made, Update(update.name, update.path, before, after)]


def revised(
    scope: Scope,
    titles: Mapping[Key, str] | None = None,
    *,
    name: str = manifest.NAME,
    path: str = manifest.NAME,
    prune: bool = False,
    ids: Style = "pattern",
) -> Update:
    """What becomes of one index, whose documents have been compared with it. Raises ``UsageError``.

    ``name`` and ``path`` are those of the update.
    """
    readable = _readable(scope, path)
    draft = _Draft(readable, titles or {})
    draft.settle(prune)
    draft.correct()
    draft.add(ids)
    after, names = draft.applied(), draft.names()
    listing = draft.listing if after is draft.listing.data else manifest.parse(after, Place(path))
    if draft.dropped and not names and not listing.columns:
        raise UsageError(f"{path!r} would list nothing any more; delete it, or put a document back")
    is_text = not screen(after[:_HEAD]) & (BINARY | WIDE)
    if not is_text or sorted(entry.name for entry in listing.entries) != sorted(names):
        raise UsageError(f"{path!r} cannot be changed without changing what its other lines mean; mend it by hand")
    return Update(
        name,
        path,
        None if scope.index is None else scope.index.data,
        after,
        tuple(draft.added),
        tuple(draft.dropped),
        tuple(draft.renamed.items()),
        tuple(draft.refreshed),
        tuple(draft.titled),
        tuple(draft.missing),
        tuple(_notes(path, listing, draft.left, scope.records)),
    )


def title_of(document: Document) -> str:
    """The title of a document: its first line or, in Markdown, its first heading; empty where it has none.

    In Markdown without a heading, what begins a list, a table or a quotation is no title, nor is the first
    line of an index. Nowhere is a line that is too long for one, or has characters that cannot be seen.
    """
    if document.facts & NOT_TEXT:
        return ""
    line, heading = manifest.headlines(document.data)
    if document.name.lower().endswith((".md", ".markdown")):
        text = document.data[line.start : min(line.end, line.start + 8 * _TITLE)]
        is_words = not document.is_index and not text.startswith(b"|") and not markdown.begins_block(text)
        line = line if is_words and heading.start == heading.end else heading
    if line.end - line.start > 8 * _TITLE:
        return ""
    title = _unmarked(document.data[line.start : line.end]).decode("utf-8", "replace")
    is_one = len(title) <= _TITLE and any(map(str.isalnum, title)) and all(map(_is_welcome, title))
    return title if is_one else ""


def _is_welcome(character: str) -> bool:
    if character in _WELCOME:
        return True
    return character.isprintable() and character not in INVISIBLES and character != "\ufffd"


def _unmarked(line: bytes) -> bytes:
    """A line without the marks of a heading and of emphasis around it."""
    line = b" ".join(line.removeprefix(b"\xef\xbb\xbf").split())
    marks = len(line) - len(line.lstrip(b"#"))
    if marks and line[marks : marks + 1] in (b" ", b""):
        line = line[marks:].strip()
        closed = line.rstrip(b"#")
        line = closed.rstrip() if closed[-1:] in (b" ", b"") else line
    while len(line) > 2 and line[:1] == line[-1:] and line[:1] in (b"*", b"_", b"`"):
        line = line[1:-1].strip()
    return line


def _key(record: Record) -> Key:
    return record.path, record.block


def _inside(scope: Scope, place: Place) -> Iterator[str]:
    """What is to be said of an index inside a container."""
    departs = scope.missing or scope.unlisted or scope.renamed or scope.respelled or matching.changed(scope.records)
    if departs:
        yield f"the index inside {place.path!r} is out of date, and left as it is: pack the container again"


def _with_contents(scope: Scope, contents: Mapping[str, bytes]) -> Scope:
    """A scope whose documents have these contents, by path; what was paired by old ones stays so."""
    changed = {
        id(record): _with_content(record, data)
        for record in scope.records
        if record.container is None and (data := contents.get(record.path)) is not None
    }
    if not changed:
        return scope

    def current(record: Record) -> Record:
        return changed.get(id(record), record)

    return Scope(
        scope.path, scope.index, tuple(map(current, scope.records)), scope.missing,
        tuple(map(current, scope.unlisted)), tuple((entry, current(record)) for entry, record in scope.renamed),
        tuple((entry, current(record)) for entry, record in scope.respelled), scope.repeated, scope.hidden,
        scope.unread, scope.needs_index,
    )  # fmt: skip


def _with_content(record: Record, data: bytes) -> Record:
    sha256, blake3 = digests(data, SHA256 | BLAKE3 if record.blake3 else SHA256)
    return Record(record.name, record.path, len(data), sha256, record.entry, blake3=blake3)


def _readable(scope: Scope, path: str) -> Scope:
    """The scope itself or, where its index has no entries yet, one in which all documents are unlisted."""
    listing = scope.index
    if listing is None:
        for record in scope.records:
            if matching.spelling(record.name) == matching.spelling(manifest.NAME):
                raise UsageError(f"{record.path!r} is called {manifest.NAME} but for case; rename it, and run again")
        return _compared(scope, Index(b"", Place(path), columns=COLUMNS))
    for defect in listing.defects:
        if defect.kind in _NO_ENTRIES:
            at = f", line {_line(listing, defect)}" if defect.kind != "no-entries" else ""
            raise UsageError(f"{path!r}{at}: {_NO_ENTRIES[defect.kind]}")
    if listing.readable:
        return scope
    if not listing.columns:
        what = "is not UTF-8 text: convert it" if listing.data else "cannot be read: look at its permissions and size"
        raise UsageError(f"{path!r} {what}, and run again")
    return _compared(scope, Index(listing.data, listing.place, (), (), listing.columns, listing.front_matter))


def _compared(scope: Scope, listing: Index) -> Scope:
    return matching.compare(Scope(scope.path, listing, scope.records, hidden=scope.hidden, unread=scope.unread))


def _line(listing: Index, defect: Defect) -> int:
    return listing.data.count(b"\n", 0, defect.span.start) + 1


@value
class _New:
    """A document that gets an entry: what it is called there, and its id."""

    record: Record
    name: str
    id: str = ""


def _notes(path: str, listing: Index, left: Mapping[str, Sequence[str]], records: Sequence[Record]) -> Iterator[str]:
    """What the user should know of an index as it is going to be, a line each."""
    told: dict[str, list[str | Defect]] = {what: list(words) for what, words in left.items()}
    names: set[str] = set()
    ids: dict[str, str] = {}
    for entry in listing.entries:
        if manifest.is_own(entry.name, listing):
            told.setdefault("the index lists itself", []).append(repr(entry.name))
        elif matching.leads_out(entry.name):
            told.setdefault("an entry leads out of the folder", []).append(repr(entry.name))
        elif entry.name in names:
            told.setdefault("a document is listed twice", []).append(repr(entry.name))
        elif entry.id is not None and ids.setdefault(entry.id, entry.name) != entry.name:
            told.setdefault("an id is given twice", []).append(repr(entry.id))
        names.add(entry.name)
    known = {entry.name: entry for entry in reversed(listing.entries)} if any(record.id for record in records) else {}
    for record in records:
        listed = [known[name] for name in matching.names_of(record)[::-1] if name in known]
        if listed and record.id and listed[0].id not in (None, record.id):
            told.setdefault("a document has another id in a container", []).append(repr(record.block or record.name))
    for defect in listing.defects:
        if defect.kind in _DEFECTS:
            told.setdefault(_DEFECTS[defect.kind], []).append(defect)
    for what, (first, *others) in told.items():
        word = first if isinstance(first, str) else f"line {_line(listing, first)}"
        more = f" and {len(others):,} more" if others else ""
        yield f"{path!r}: left as it is: {what} ({word}{more})"
    if listing.entries and not listing.columns:
        yield f"{path!r} is a list, and guards no content: a table with the columns name, bytes and sha256 would"
    elif listing.entries and not any(column in listing.columns for column in manifest.DIGESTS):
        yield f"{path!r} has no column sha256, and guards no content: add the column, and run again"


class _Draft:
    """An index while it is revised.

    First it is settled what each entry is to call its document, if it stays; then the entries are corrected,
    and others added. Every edit covers whole cells or whole lines of the old index.
    """

    def __init__(self, scope: Scope, titles: Mapping[Key, str]) -> None:
        assert scope.index is not None
        self.listing = scope.index
        self.added: list[str] = []
        self.dropped: list[str] = []
        self.renamed: dict[str, str] = {}
        self.refreshed: list[str] = []
        self.titled: list[str] = []
        self.missing: list[str] = []
        self.left: dict[str, list[str]] = {}
        self._scope = scope
        self._titles = titles
        self._writer = entries.Writer(scope.index)
        self._edits: list[Edit] = []
        self._kept: list[tuple[Entry, str]] = [(entry, entry.name) for entry in scope.index.entries]
        self._shared = _repeated({_key(record): record.name for record in scope.records}.values())
        departing = {id(record) for record in matching.changed(scope.records)}
        self._damaged = {one.path for one in scope.records if one.difference and id(one) not in departing}

    def settle(self, prune: bool) -> None:
        """Follow renames, and drop what is missing, until there is nothing more to follow or to drop.

        It can take several rounds: the blocks of a container need entries once one of them is listed.
        """
        while True:
            moved = {entry.name: record for entry, record in self._scope.respelled if self._can_follow(entry, record)}
            moved |= {entry.name: record for entry, record in self._scope.renamed if self._can_follow(entry, record)}
            moved |= self._left_packed()
            gone = {entry.name for entry in self._scope.missing} if prune else set()
            if not moved and not gone:
                break
            names = {name: self._name_for(moved[name], name.startswith(f"{moved[name].carrier}#")) for name in moved}
            for entry, name in self._kept:
                if name in gone:
                    self.dropped.append(name)
                    self._edits.append(Edit(self._writer.lines(entry), b""))
            self._kept = [(entry, names.get(name, name)) for entry, name in self._kept if name not in gone]
            self._scope = _compared(self._scope, self._as_settled())
        self.missing = [entry.name for entry in self._scope.missing]

    def _left_packed(self) -> dict[str, Record]:
        """The loose files that were renamed and whose packed copies have the old name still, by that name.

        Such a copy would pass for the document. But where the container is listed as a whole its blocks need
        no entries, so the one with the digest of a file that has none was that of the file.
        """
        files = [record for record in reversed(self._scope.unlisted) if not record.address]
        if not files:
            return {}
        unlisted = {digest: record for record in files for digest in (record.blake3, record.sha256) if digest}
        listed = {name for _, name in self._kept}
        loose = {record.name for record in self._scope.records if not record.address}
        packed = {record.name for record in self._scope.records if record.address and record.carrier in listed}
        followed: dict[str, Record] = {}
        for entry, name in self._kept:
            record = unlisted.get(entry.sha256 or entry.blake3 or "")
            if record is not None and name in packed and name not in loose and not self._writer.is_cut(entry):
                followed[name] = record
                for digest in (record.sha256, record.blake3):
                    unlisted.pop(digest, None)
        return followed

    def _can_follow(self, entry: Entry, record: Record) -> bool:
        return self._is_sound(record) and not self._writer.is_cut(entry)

    def _is_sound(self, record: Record) -> bool:
        """Whether a document is what it ought to be, as far as that can be known: no block of a damaged container."""
        return record.container is None or record.path not in self._damaged

    def _as_settled(self) -> Index:
        """The index with the entries as they are going to be called."""
        settled = tuple(Entry(name, entry.row, sha256=entry.sha256, blake3=entry.blake3) for entry, name in self._kept)
        return Index(self.listing.data, self.listing.place, settled, columns=self.listing.columns)

    def _name_for(self, record: Record, by_address: bool) -> str:
        """What the index is to call a document; its address, where it is a block whose name others have too."""
        is_address = record.address and (by_address or record.name in self._shared)
        return record.address if is_address else record.name

    def correct(self) -> None:
        """Bring the entries that stay up to date."""
        documents: dict[str, Record] = {}
        for record in self._scope.records:  # in which loose files come before blocks
            for name in matching.names_of(record):
                documents.setdefault(name, record)
        for entry, name in self._kept:
            found = documents.get(name)
            if found is not None and self._is_sound(found):
                self._correct(entry, name, found)
            elif found is not None:
                self._leave("the container of a document is damaged", name)

    def _correct(self, entry: Entry, name: str, record: Record) -> None:
        wanted = {"name": name} if name != entry.name else {}
        if record.sha256 and entry.size != record.size:
            wanted["bytes"] = str(record.size)
        if record.sha256 and entry.sha256 != record.sha256:
            wanted["sha256"] = record.sha256
        if record.blake3 and entry.blake3 != record.blake3:
            wanted["blake3"] = record.blake3
        if not entry.title and (title := self._titles.get(_key(record))):
            wanted["title"] = title
        edits, columns = self._writer.corrected(entry, wanted)
        self._edits += edits
        if "name" in columns:
            self.renamed[entry.name] = name
        if not columns.isdisjoint(("bytes", *manifest.DIGESTS)):
            self.refreshed.append(name)
        if "title" in columns:
            self.titled.append(name)

    def add(self, ids: Style) -> None:
        """Add an entry for each document that has none."""
        news = []
        addressed = {name.partition("#")[0] for _, name in self._kept if "#" in name}
        unlisted = {_key(record): record for record in reversed(self._scope.unlisted)}  # the first of equal blocks
        for record in sorted(unlisted.values(), key=lambda record: (record.name, record.path)):
            name = self._name_for(record, by_address=record.carrier in addressed)
            if not self._is_sound(record):
                self._leave("the container of a document is damaged", name)
            elif not self._writer.can_list(name) or matching.leads_out(name):
                self._leave("no index can hold the name of a document", name)
            else:
                news.append(_New(record, name))
        if news:
            news = self._identified(news, ids)
            for place, group in self._placed(news).items():
                rows = [self._values(new) for new in group]
                beside = self._kept[place][0] if place >= 0 else None
                first = self._kept[0][0] if self._kept else None
                self._edits.append(self._writer.inserted(rows, beside, first))
        self.added = [new.name for new in news]

    def _identified(self, news: Sequence[_New], ids: Style) -> list[_New]:
        """The new documents with ids, if the index gives ids."""
        if "id" not in self.listing.columns:
            return list(news)
        packed = {record.name: record.id for record in self._scope.records if record.copy_of and record.id}
        given = [new.record.id or packed.get(new.record.name) or "" for new in news]
        listed = [entry.id or "" for entry in self.listing.entries]
        stay = {entry.id for entry, _ in self._kept}
        maker = identifiers.Maker(listed, given, ids, frozenset(id for id in listed if id not in stay))
        claimed = [maker.claim(id) for id in given]
        return [
            _New(new.record, new.name, id or maker.make(new.record.block or new.name, new.record.sha256))
            for new, id in zip(news, claimed, strict=True)
        ]

    def _placed(self, news: Sequence[_New]) -> dict[int, list[_New]]:
        """The new documents by the number of the kept entry that they come to stand behind; -1 for the top."""
        given = [entry.id for entry, _ in self._kept if entry.id]
        ranks, names = [identifiers.rank(id) for id in given], [name for _, name in self._kept]
        placed: dict[int, list[_New]] = {}
        if len(ranks) == len(names) and identifiers.numbering(given) is not None and _rises(ranks):
            for new in sorted(news, key=lambda new: identifiers.rank(new.id)):
                placed.setdefault(bisect_right(ranks, identifiers.rank(new.id)) - 1, []).append(new)
        elif _rises(names):
            for new in sorted(news, key=lambda new: new.name):
                placed.setdefault(bisect_right(names, new.name) - 1, []).append(new)
        else:
            placed[len(names) - 1] = list(news)
        return placed

    def _values(self, new: _New) -> dict[str, str]:
        return {
            "name": new.name,
            "id": new.id,
            "bytes": str(new.record.size) if new.record.sha256 else "",
            "sha256": new.record.sha256,
            "blake3": new.record.blake3,
            "title": self._titles.get(_key(new.record), ""),
        }

    def _leave(self, what: str, name: str) -> None:
        self.left.setdefault(what, []).append(repr(name))

    def names(self) -> list[str]:
        """What the index lists when all is done."""
        return [*(name for _, name in self._kept), *self.added]

    def applied(self) -> bytes:
        """The new index."""
        if not self._edits:
            return self.listing.data
        pieces, at = [], 0
        for edit in sorted(self._edits, key=lambda edit: (edit.span.start, edit.span.end)):
            pieces += [self.listing.data[at : edit.span.start], edit.replacement]
            at = edit.span.end
        return b"".join([*pieces, self.listing.data[at:]])


def _repeated(names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    repeated: set[str] = set()
    for name in names:
        (repeated if name in seen else seen).add(name)
    return repeated


def _rises(ranks: Sequence[Rank]) -> bool:
    return all(ranks[number] <= ranks[number + 1] for number in range(len(ranks) - 1))
