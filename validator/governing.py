"""The indexes of a tree: which there are, what they say, and which of them governs a file.

An index is read before its documents. Of a large INDEX.md that begins regularly only the rows are taken, in step with
the documents, as long as all is as they say; it is read whole as soon as something is not.
"""

from __future__ import annotations

from validator import frontmatter, manifest, matching, screening
from validator.digests import Running, blake3
from validator.lockstep import WORTH, Rows
from validator.model import TYPE_CHECKING, Defect, Index, Place, Problem, Span, replaced
from validator.trees import Changed, reader, reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from validator.columnar import Rendered
    from validator.model import Entry, Options
    from validator.trees import Source, Tree

_CHUNK = 1 << 18
"""Bytes that are hashed at once, and the most of a schema that are read."""
_MOST_IN_STEP = 32
"""Indexes that are read in step with their documents, each of which keeps a file open."""
_BOM = b"\xef\xbb\xbf"


class Indexes:
    """What the indexes of a tree say of its files.

    ``of`` holds them by folder, which ends in "/" or is empty, or by container with an index of its own. ``in_step``
    are the rows of those that are not read whole. Parquet ``files`` are indexes themselves; Parquet ``parts`` hold the
    rows of an INDEX.md and belong to it. ``problems`` tells which are over a limit, ``unsound`` which changed or could
    not be read when that was tried first, by name: kind and detail. Of the Parquet rows of the folders in ``only``
    nothing is read but those with these names.
    """

    def __init__(
        self, tree: Tree, options: Options, names: Sequence[str], only: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self.of: dict[str, Index] = {}
        self.in_step: dict[str, Rows] = {}
        self.files: set[str] = set()
        self.parts: set[str] = set()
        self.problems: list[Problem] = []
        self.unsound: dict[str, tuple[str, str]] = {}
        self._tree = tree
        self._options = options
        self._names = names
        self._only = only or {}
        self._entries: dict[str, dict[str, Entry]] = {}
        self._opened: dict[str, Source] = {}
        self._present: frozenset[str] | None = None

    def know(self, indexes: Mapping[str, Index]) -> None:
        """Take indexes, by folder, that need not be read."""
        for folder, index in indexes.items():
            self.of[folder], self._entries[folder] = index, matching.by_name(index)
            if index.place.beyond:
                is_whole = index.place.beyond == index.place.path
                beyond = folder + index.place.beyond[index.place.path.rfind("/") + 1 :]
                (self.files if is_whole else self.parts).add(beyond)

    def read(self, odd: Sequence[str], is_sparing: bool) -> None:
        """Read all that there are; ``odd`` names what is no file. If sparing, large ones are read in step."""
        if not self._tree.is_folder:
            return
        for name in filter(manifest.is_index, self._names):
            if not (name.removesuffix(manifest.NAME) in self.of or (is_sparing and self._goes_along(name))):
                self._read_markdown(name)
        for name in filter(manifest.is_index, odd):
            self.of[name.removesuffix(manifest.NAME)] = self._unreadable(name)
        for name in filter(manifest.is_columnar, self._names):
            self._read_columnar(name, is_odd=False)
        for name in filter(manifest.is_columnar, odd):
            self._read_columnar(name, is_odd=True)

    @property
    def present(self) -> frozenset[str]:
        """The names of all files."""
        if self._present is None:
            self._present = frozenset(self._names)
        return self._present

    def folder_of(self, name: str) -> str:
        """The folder whose index governs a file: the nearest with an index, for an index the one above."""
        folder, _, last = name.rpartition("/")
        if last == manifest.NAME or name in self.files:
            folder = folder.rpartition("/")[0] if folder else ""
        while folder and f"{folder}/" not in self.of:
            folder = folder.rpartition("/")[0]
        return f"{folder}/" if folder else ""

    def is_own(self, folder: str, name: str) -> bool:
        """Whether a file is the index of this folder."""
        return name == folder + manifest.NAME or (name in self.files and name == folder + manifest.COLUMNAR)

    def entries(self, key: str) -> Mapping[str, Entry]:
        """What an index that is not read in step says, by name."""
        return self._entries.get(key, {})

    def has_blake3(self, key: str) -> bool:
        """Whether an index has a column for BLAKE3."""
        index = self.of.get(key)
        return index is not None and "blake3" in index.columns

    def fall_out(self, folder: str) -> Sequence[Entry]:
        """Read an index whole after all; the entries of documents that have been as it says."""
        rows, source = self.in_step.pop(folder), self._opened.pop(folder)
        name = folder + manifest.NAME
        try:
            data = source.read(0, source.size)
        except OSError as error:
            self.unsound[name] = "unreadable", reason(error)
        self._close(folder, source)
        if name in self.unsound:
            self.of[folder] = self._unreadable(name)
            return ()
        self._take_markdown(folder, data)
        return self.of[folder].entries[: rows.done]

    def let_go(self, folder: str) -> None:
        """Close an index that was read in step to its end."""
        del self.in_step[folder]
        self._close(folder, self._opened.pop(folder))

    def add(self, key: str, data: bytes, place: Place, schema: bytes | None) -> None:
        """Read an index that names this schema for its documents."""
        if screening.screen(data[:4096]) & (screening.WIDE | screening.BINARY):
            self.of[key] = Index(data, place, readable=False)  # its encoding is the one finding
        else:
            self.of[key] = manifest.parse(data, place, schema)
        self._heed(key)

    def _heed(self, key: str) -> None:
        self._entries[key] = matching.by_name(self.of[key])
        if self.has_blake3(key):
            blake3()  # to know at once if it is missing

    def _close(self, folder: str, source: Source) -> None:
        try:
            source.close()
        except Changed:
            self.unsound.setdefault(folder + manifest.NAME, ("changed", ""))

    def _goes_along(self, name: str) -> bool:
        """Whether an index is large and begins so regularly that it can be read in step with its documents."""
        from validator import limits

        folder = name.removesuffix(manifest.NAME)
        if len(self.in_step) >= min(_MOST_IN_STEP, limits.files() // 4):
            return False
        try:
            source = self._tree.open(name)
        except OSError:
            return False
        try:
            if WORTH <= source.size <= self._options.max_document_size:
                is_text = not screening.screen(source.read(0, 4096)) & (screening.WIDE | screening.BINARY)
                rows = Rows(source.read, source.size)
                if rows.next is not None and is_text:
                    self.in_step[folder], self._opened[folder] = rows, source
                    self.of[folder] = Index(b"", Place(self._tree.shown(name)))
                    return True
        except OSError:
            pass  # it is read anew
        try:
            source.close()
        except Changed:
            pass  # it is read anew
        return False

    def _read_markdown(self, name: str) -> None:
        """Read an index; one that cannot be read governs its folder all the same."""
        data = self._beginning(name, self._options.max_document_size + 1)
        if data is None or len(data) > self._options.max_document_size:
            self.of[name.removesuffix(manifest.NAME)] = self._unreadable(name)
        else:
            self._take_markdown(name.removesuffix(manifest.NAME), data)

    def _read_columnar(self, name: str, is_odd: bool) -> None:
        """Take an INDEX.parquet for the index of its folder, if that has no INDEX.md."""
        folder = name.removesuffix(manifest.COLUMNAR)
        if folder in self.of or name in self.parts:
            return
        self.files.add(name)
        place = Place(self._tree.shown(name), beyond=self._tree.shown(name))
        if is_odd:
            self.of[folder] = Index(b"", place, readable=False)
        else:
            self._add_columnar(folder, name, place)

    def _take_pointing(self, folder: str, data: bytes, named: frontmatter.Rows) -> None:
        """Read an INDEX.md whose rows are in a Parquet file."""
        name, own = folder + named.file, self._tree.shown(folder + manifest.NAME)
        place = Place(own, reader(data), len(data), beyond=self._tree.shown(name))
        if name not in self.present:
            missing = Defect("rows-missing", named.at, named.file)
            front_matter = manifest.find_front_matter(data, 3 * data.startswith(_BOM))
            self.of[folder] = Index(data, place, (), (missing,), (), front_matter, readable=False)
            return
        self.parts.add(name)
        found = self._add_columnar(folder, name, place, data)
        if named.digest_at is not None and named.sha256 and found not in ("", named.sha256):
            index = self.of[folder]
            wrong = Defect("rows-digest", named.digest_at, found)
            self.of[folder] = replaced(index, defects=(*index.defects, wrong))

    def _add_columnar(self, folder: str, name: str, place: Place, data: bytes = b"") -> str:
        """Read an index with its rows in a Parquet file, and ``data`` in front of them; return the file's SHA-256.

        It is empty where the file could not be read to its end, as is said elsewhere.
        """
        rows, why, digest = self._rendered(name, self._only.get(folder))
        schema = self._schema_of(folder, data)
        if rows is None:
            front_matter = manifest.find_front_matter(data, 3 * data.startswith(_BOM))
            defects = (Defect("rows-unread", Span(len(data), len(data)), why),) if why else ()
            index = Index(data, place, (), defects, (), front_matter, False, schema)
        else:
            before = data and data + b"\n\n"
            index = manifest.parse(before + rows.text, place, schema)
            unsaid = [
                Defect(one.kind, Span(len(before) + one.span.start, len(before) + one.span.end), one.detail)
                for one in rows.defects
            ]
            found = index.defects
            if self._only.get(folder) is not None and not index.entries and "name" in index.columns:
                found = tuple(one for one in found if one.kind != "no-rows")  # there are, and none of them is wanted
                index = replaced(index, readable=True)
            index = replaced(index, defects=(*found, *unsaid))
        self.of[folder] = index
        self._heed(folder)
        return digest

    def _rendered(self, name: str, only: frozenset[str] | None) -> tuple[Rendered | None, str, str]:
        """The rows of a Parquet file as text, or why it is none, and its SHA-256."""
        from validator import columnar

        limit, hashed = self._options.max_document_size, Running()
        try:
            source = self._tree.open(name)
            try:
                if source.size > limit:
                    if name in self.parts:  # others are documents of the index above, and it is said of these
                        self._over_limit(name, f"{source.size:,} bytes")
                    return None, "", ""
                for start in range(0, source.size if name in self.parts else 0, _CHUNK):
                    hashed.update(source.read(start, min(start + _CHUNK, source.size)))
                digest, _ = hashed.digests()
                try:
                    return columnar.read(source, limit, only), "", digest
                except columnar.Unreadable as error:
                    return None, str(error), digest
                except columnar.OverLimit:
                    self._over_limit(name, f"more than {limit:,} bytes as INDEX.md")
                    return None, "", digest
            finally:
                source.close()
        except OSError as error:
            self.unsound[name] = "unreadable", reason(error)
        except Changed:
            self.unsound[name] = "changed", ""
        return None, "", ""

    def _schema_of(self, folder: str, data: bytes) -> bytes | None:
        """The JSON Schema that an index names for its documents' front matter; a trusted revision goes first."""
        trust = self._options.trust
        speaking = (trust.of(folder + manifest.NAME) if trust is not None else None) or data
        name = folder + frontmatter.schema_name(speaking)
        if name == folder:
            return None
        trusted = trust.of(name) if trust is not None else None
        return trusted or (self._beginning(name, _CHUNK + 1) if name in self.present else None)

    def _take_markdown(self, folder: str, data: bytes) -> None:
        named = frontmatter.rows(data) if data.startswith((b"---", _BOM)) else None
        if named is not None and not screening.screen(data[:4096]) & (screening.WIDE | screening.BINARY):
            self._take_pointing(folder, data, named)
            return
        place = Place(self._tree.shown(folder + manifest.NAME), reader(data), len(data))
        self.add(folder, data, place, self._schema_of(folder, data))

    def _unreadable(self, name: str) -> Index:
        return Index(b"", Place(self._tree.shown(name)), readable=False)

    def _beginning(self, name: str, limit: int) -> bytes | None:
        """The first bytes of a file; ``None`` if it cannot be read, as is said in its turn or at the end."""
        try:
            source = self._tree.open(name)
            try:
                return source.read(0, min(source.size, limit))
            finally:
                source.close()
        except OSError as error:
            self.unsound[name] = "unreadable", reason(error)
        except Changed:
            self.unsound[name] = "changed", ""
        return None

    def _over_limit(self, name: str, said: str) -> None:
        limit = self._options.max_document_size
        detail = f"{said}, and max-document-size is {limit:,}"
        self.problems.append(Problem("over-limit", self._tree.shown(name), name, detail))
