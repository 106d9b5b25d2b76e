"""Where files come from when an archive is named: tar, also compressed, and zip; or one compressed file.

An archive is read as a stream, once to see what is in it and whether all of it is there, and once more for what
the documents hold; the members of a zip are read where they lie. Nothing of it is unpacked, so a name that leads
elsewhere is a finding and no danger.

Names are as they stand, without ``./`` in front, and relative to the one folder that everything lies in, if
there is such a folder: that is the collection. Of several files with one name the last counts, as it does for
whoever unpacks, and the others are told of. A link counts as a document where it leads to one.

What expands beyond the limits of the settings, and what is damaged or cut off, is not looked into: one finding
says so. A damaged member of a zip is told of on its own.
"""

from __future__ import annotations

import errno
import os
import stat
from functools import cached_property
from posixpath import basename, dirname, join, normpath

from validator import manifest
from validator.expanding import PIECE, Expanded, Refused, attempted, damaged, refuse_ratio
from validator.model import TYPE_CHECKING, Options, replaced, value
from validator.streams import Once
from validator.trees import Changed, Found, Memory, Odd, excluded, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from tarfile import TarInfo
    from typing import IO, Protocol
    from zipfile import ZipFile, ZipInfo

    from validator.streams import Giver
    from validator.trees import Source

    class Members(Giver["Member"], Protocol):
        """The files of an archive."""

        def listing(self) -> Iterator[tuple[str | None, Member]]:
            """Every entry in order, with its name unless it is a folder. Raises ``OSError``."""

        def close(self) -> None:
            """Let go of the archive."""


_HEAD = 512
"""Bytes of a file that tell whether it is an archive; the size of a block of a tar."""
_MAGIC = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
_COMPRESSED_TAR = (".tgz", ".tbz2", ".txz", ".tzst")
_LONGEST_HEADER = 1 << 18
"""Bytes of what a tar may say of one member: names, times, attributes."""
_KEPT = 1 << 26
"""Bytes of indexes that are held in memory from when a tar is listed, because they are read first."""
_LONGEST_LINK = 1 << 12
_ENCRYPTED = 1
_UTF_8 = 1 << 11
"""Flags of a member of a zip."""
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
"""How members of a zip are compressed."""
_STEP = 1 << 12
"""Bytes of a member that are expanded at once where a library cannot stop in between."""


@value
class Member:
    """An entry of an archive by its number, with its size in bytes.

    ``odd`` says why it is no document; ``leads`` is the name that a link leads to; ``data`` is the content,
    where that was kept.
    """

    number: int
    size: int
    odd: Odd | None = None
    leads: str = ""
    data: bytes | None = None


def is_archive(path: str) -> bool:
    """Whether a file is an archive, or compressed, or is called so; one that cannot be read is none."""
    try:
        with open(path, "rb") as file:
            return _kind(file.read(_HEAD), path) is not None
    except OSError:
        return False


def _kind(head: bytes, path: str) -> str | None:
    """``tar``, ``zip``, or how a file is compressed, by its first bytes; empty if it is only called so."""
    found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if found is None and _begins_tar(head, path):
        return "tar"
    return "" if found is None and path.lower().endswith((*_COMPRESSED, *_COMPRESSED_TAR, ".tar", ".zip")) else found


def _begins_tar(head: bytes, path: str = "") -> bool:
    """Whether this is the first block of a tar, also of one without a magic number, or of an empty one."""
    if len(head) < _HEAD or b"\0" not in head:
        return False
    if not head.strip(b"\0"):
        return path.lower().endswith(".tar")
    import tarfile

    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


class Archive:
    """A tree that is an archive, or one compressed file; it is listed when its path or its files are asked for.

    Raises ``UsageError`` where a package is missing. Close it when its files have been read.
    """

    is_folder = True

    def __init__(self, path: str, options: Options) -> None:
        self._named = path.replace(os.sep, "/").removeprefix("./")
        self._file = os.path.realpath(path)
        self._stamp = _stamp(self._file)
        self._options = options
        self._listed: dict[str, Member] = {}
        self._earlier: dict[str, int] = {}  # how many files of the same name there were before
        self._whole: Odd | None = None
        self._members: Members | None = None
        try:
            self._members = self._opened(options)
        except OSError as error:
            self._whole = Odd("unreadable", reason(error))

    @cached_property
    def path(self) -> str:
        """As the user would write it, with the folder in it that is the collection."""
        top = ""
        try:
            if self._members is not None:
                top = self._list(self._members)
        except Refused as refused:
            self._refuse(Odd("over-limit", str(refused)))
        except OSError as error:
            self._refuse(Odd("unreadable", reason(error)))
        return f"{self._named}/{top}" if top else self._named

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in the order of the archive; where others had the same name before, that as odd."""
        if self.path and self._whole is not None:
            yield Found("", self._whole)
        for name, member in self._listed.items():
            if self.is_folder and options.exclude and excluded(name, options):
                continue
            if name in self._earlier:
                yield Found(name, _hiding(self._earlier[name]))
            yield Found(name, member.odd or self._led(name, options))

    def open(self, name: str) -> Source:
        member = self._listed[name]
        while member.leads:
            member = self._listed[member.leads]
        if member.data is not None:
            return Memory({name: member.data}).open(name)
        assert self._members is not None
        try:
            return _Checked(self._members, member, self._has_changed)
        except OSError:
            if self._has_changed():
                raise OSError(errno.EBUSY, "the archive was changed while it was being read") from None
            raise

    def shown(self, name: str) -> str:
        return f"{self.path}/{name}" if name and self.is_folder else self.path

    def close(self) -> None:
        """Let go of the archive."""
        self._listed, self._earlier = {}, {}
        if self._members is not None:
            self._members.close()

    def _opened(self, options: Options) -> Members:
        with open(self._file, "rb") as file:
            kind = _kind(file.read(_HEAD), self._file)
        if not kind:
            raise damaged("it is called like an archive and does not begin like one")
        if kind == "zip":
            return _Zip(self._file, options)
        stream = Expanded(self._file, "" if kind == "tar" else kind)
        inner = _without_suffix(self._file) if stream.kind else self._file
        self.is_folder = _holds_tar(stream, inner)
        stream.limited = options
        return _Tar(stream) if self.is_folder else _Single(stream, basename(inner.replace(os.sep, "/")))

    def _list(self, members: Members) -> str:
        """Take note of the files; return the folder that all of them lie in. Raises ``OSError``."""
        most = self._options.max_archive_entries
        for count, (entry, member) in enumerate(members.listing(), 1):
            if count > most:
                raise Refused(f"it has more than {most:,} entries, which is max-archive-entries")
            if entry is None:
                continue
            name = _plain(entry)
            if not name:
                raise damaged("it is damaged (a file without a name)")
            if self.is_folder and _is_hidden(name):
                continue
            if self._listed.pop(name, None) is not None:
                self._earlier[name] = self._earlier.get(name, 0) + 1
            self._listed[name] = member
        top = _top(self._listed) if self.is_folder else ""
        if top:
            self._listed = {_below(name, top): _moved(member, top) for name, member in self._listed.items()}
            self._earlier = {_below(name, top): count for name, count in self._earlier.items()}
        return top

    def _refuse(self, odd: Odd) -> None:
        self._whole = odd
        self.close()

    def _has_changed(self) -> bool:
        return _stamp(self._file) != self._stamp

    def _led(self, name: str, options: Options) -> Odd | None:
        """Why a link leads to no document, if so."""
        seen = {name}
        while led := self._listed[name].leads:
            if led in seen:
                return Odd("link", "it leads back to itself")
            if led.startswith(("/", "../")) or led in ("..", "."):
                return Odd("link", f"it leads out of the collection, to {led!r}")
            if led not in self._listed:
                return Odd("link", f"it leads to {led!r}, which is no document of the archive")
            if self._listed[led].odd is not None or (options.exclude and excluded(led, options)):
                return Odd("link", f"it leads to {led!r}, which is not part of the collection")
            seen.add(led)
            name = led
        return None


class _Checked(Once):
    """A file of an archive; when it has been read, the archive has to be what it was when it was listed."""

    def __init__(self, giver: Members, member: Member, has_changed: Callable[[], bool]) -> None:
        self._has_changed = has_changed
        super().__init__(giver, member)

    def close(self) -> None:
        super().close()
        if self._has_changed():
            raise Changed


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def _hiding(count: int) -> Odd:
    files = "an earlier file" if count == 1 else f"{count:,} earlier files"
    return Odd("unreadable", f"the archive holds {files} of the same name, and only the last was checked")


def _plain(name: str) -> str:
    """A name without the dot that stands for the folder that was packed."""
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return "" if name == "." else name


def _is_hidden(name: str) -> bool:
    """Whether a name is left out, as in a folder; macOS keeps in a folder of its own what zip has no place for."""
    if name.startswith("__MACOSX/"):
        return True
    is_dotted = name[0] == "." or "/." in name
    return is_dotted and any(part[:1] == "." and part not in (".", "..") for part in name.split("/"))


def _top(listed: dict[str, Member]) -> str:
    """The one folder that everything lies in, if it has a name that a collection can have."""
    top, slash, _ = next(iter(listed), "").partition("/")
    if not slash or top in ("", ".", "..") or not top.isprintable() or "\\" in top or ":" in top:
        return ""
    return top if all(name.startswith(f"{top}/") and name.strip("/") != top for name in listed) else ""


def _below(name: str, top: str) -> str:
    return name[len(top) + 1 :]


def _moved(member: Member, top: str) -> Member:
    """The member with a link as it leads from the folder ``top``."""
    led = member.leads
    if not led or led.startswith("/"):
        return member
    return replaced(member, leads=_below(led, top) if led.startswith(f"{top}/") else normpath(f"../{led}"))


def _without_suffix(path: str) -> str:
    """What a compressed file was called before."""
    stem, suffix = os.path.splitext(path)
    if suffix.lower() in _COMPRESSED:
        return stem
    return f"{stem}.tar" if suffix.lower() in _COMPRESSED_TAR else path


def _holds_tar(stream: Expanded, name: str) -> bool:
    try:
        return _begins_tar(stream.read(_HEAD), name)
    except OSError:
        return False  # said when it is listed
    finally:
        stream.close()


class _Files:
    """Files that lie one behind the other in a stream, each numbered by where it begins (see ``streams.Giver``)."""

    def __init__(self, stream: Expanded) -> None:
        self.asked = 0
        self._stream = stream

    def ask(self, file: Member) -> int:
        self.asked += 1
        if file.size:
            self._stream.seek(file.number)
        return file.size

    def take(self, size: int) -> bytes:
        return _taken(self._stream.read, size)

    def skip(self, size: int) -> None:
        self._stream.seek(self._stream.tell() + size)

    def close(self) -> None:
        self.asked += 1  # nobody can go on reading
        self._stream.close()


def _taken(read: Callable[[int], bytes], size: int, step: int = PIECE) -> bytes:
    """So many bytes. Raises ``OSError`` where there are fewer."""
    pieces = []
    while size:
        piece = read(min(size, step))
        if not piece:
            raise damaged("it ends too soon")
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Single(_Files):
    """One compressed file."""

    def __init__(self, stream: Expanded, name: str) -> None:
        super().__init__(stream)
        self._name = name

    def listing(self) -> Iterator[tuple[str | None, Member]]:
        size = self._stream.finish()
        self._stream.close()
        yield self._name, Member(0, size)


class _Tar(_Files):
    """The files of a tar."""

    def listing(self) -> Iterator[tuple[str | None, Member]]:
        import tarfile

        headers, left = _Headers(self._stream), _KEPT
        archive = attempted(lambda: tarfile.TarFile(fileobj=_file(headers), encoding="utf-8", errors="surrogateescape"))
        while (info := attempted(archive.next)) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would remember them all
            member = _tar_member(info)
            if _is_index(info) and info.size <= left:
                member = replaced(member, data=_taken(self._stream.read, info.size))
                left -= info.size
            yield None if info.isdir() else info.name, member
        headers.finish()
        self._stream.close()


class _Headers:
    """The stream as ``tarfile`` reads it: forward alone, and only what is said of the members."""

    def __init__(self, stream: Expanded) -> None:
        self.tell = stream.tell
        self._stream = stream
        self._last = b""

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise damaged(f"it is damaged (a header of {size:,} bytes)")
        self._last = self._stream.read(size)
        if len(self._last) < size:
            raise damaged("it ends too soon")
        return self._last

    def seek(self, at: int) -> None:
        if at < self.tell():
            raise damaged("it is damaged (a member that begins before the one before it)")
        self._stream.seek(at)

    def finish(self) -> None:
        """Make sure that this is the end: ``tarfile`` takes whatever is no header for it."""
        if self._last.strip(b"\0"):
            raise damaged(f"it is damaged (no header at byte {self.tell() - _HEAD:,})")
        is_padding = True
        while is_padding and (piece := self._stream.read(PIECE)):
            is_padding = not piece.strip(b"\0")
            if not is_padding:
                at = (len(piece) - len(piece.lstrip(b"\0"))) // _HEAD * _HEAD
                if _begins_tar(piece[at : at + _HEAD]):
                    raise damaged("behind its end there is another archive, which most programs do not unpack")
        self._stream.finish()


def _is_index(info: TarInfo) -> bool:
    is_called_so = basename(info.name) in (manifest.NAME, manifest.COLUMNAR)
    return is_called_so and info.isreg() and not info.issparse()


def _file(headers: _Headers) -> IO[bytes]:
    """The little of a file that ``tarfile`` needs."""
    found: IO[bytes] = headers  # type: ignore[assignment]
    return found


_SPECIAL = {b"3": "character device", b"4": "block device", b"6": "named pipe"}


def _tar_member(info: TarInfo) -> Member:
    if info.issym():
        return Member(0, 0, leads=_target(info.name, info.linkname))
    if info.islnk():
        return Member(0, 0, leads=_plain(info.linkname) or ".")
    odd = None
    if info.issparse():
        odd = Odd("unreadable", "it is stored as a sparse file, with holes, which is not supported: pack it without")
    elif not (info.isreg() or info.isdir()):
        kind = info.type.decode("latin-1")
        odd = Odd("special", _SPECIAL.get(info.type, f"member of the unknown kind {kind!r}"))
    return Member(info.offset_data, info.size, odd)


def _target(name: str, led: str) -> str:
    """The name that a symbolic link leads to."""
    return led if led.startswith("/") else normpath(join(dirname(_plain(name)), led))


class _Zip:
    """The files of a zip, numbered as its directory lists them (see ``streams.Giver``).

    What the directory says of sizes is a promise: no member is read beyond it, and its checksum tells whether
    that was all.
    """

    def __init__(self, path: str, options: Options) -> None:
        self.asked = 0
        self._path = path
        self._zip: ZipFile | None = None
        self._infos: list[ZipInfo] = []
        self._options = options
        self._packed = os.path.getsize(path)
        self._file: IO[bytes] | None = None
        self._step = PIECE

    def listing(self) -> Iterator[tuple[str | None, Member]]:
        import zipfile

        self._zip = attempted(lambda: zipfile.ZipFile(self._path))
        self._infos = self._zip.infolist()
        total = 0
        for number, info in enumerate(self._infos):
            total += info.file_size
            if total > self._options.max_archive_size:
                limit = self._options.max_archive_size
                raise Refused(f"it expands to more than {limit:,} bytes, which is max-archive-size")
            refuse_ratio(total, self._packed, self._options)
            name = _zip_name(info)
            yield None if name.endswith("/") else name, self._member(number, info, name)

    def _member(self, number: int, info: ZipInfo, name: str) -> Member:
        mode = info.external_attr >> 16
        member = Member(number, info.file_size, _zip_odd(info, mode))
        if member.odd is not None or not stat.S_ISLNK(mode):
            return member
        try:
            led = _taken(self._reading(member), min(info.file_size, _LONGEST_LINK))
        except OSError as error:
            return replaced(member, odd=Odd("unreadable", reason(error)))
        return replaced(member, leads=_target(name, led.decode("utf-8", "surrogateescape")))

    def ask(self, file: Member) -> int:
        self.asked += 1
        self._reading(file)
        return file.size

    def _reading(self, member: Member) -> Callable[[int], bytes]:
        self._let_go()
        archive, info = self._zip, self._infos[member.number]
        assert archive is not None
        if not info.file_size and info.CRC:
            raise damaged("it is damaged (it holds more than the directory says)")
        self._file = attempted(lambda: archive.open(info))
        self._step = PIECE if info.compress_type in (_STORED, _DEFLATED) else _STEP
        return self._read

    def _read(self, size: int) -> bytes:
        file = self._file
        assert file is not None
        return attempted(lambda: file.read(size))

    def take(self, size: int) -> bytes:
        return _taken(self._read, size, self._step)

    def skip(self, size: int) -> None:
        while size:
            size -= len(self.take(min(size, PIECE)))

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def close(self) -> None:
        self.asked += 1  # nobody can go on reading
        self._let_go()
        if self._zip is not None:
            self._zip.close()


def _zip_name(info: ZipInfo) -> str:
    """The name of a member. Many programs write UTF-8 and do not say so; what is none is CP437."""
    if info.flag_bits & _UTF_8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _zip_odd(info: ZipInfo, mode: int) -> Odd | None:
    """Why a member of a zip is no document, if so."""
    if info.flag_bits & _ENCRYPTED:
        return Odd("unreadable", "it is encrypted, and its password is not asked for: pack it without one")
    import zipfile

    if info.compress_type not in (_STORED, _DEFLATED, _BZIP2, _LZMA, getattr(zipfile, "ZIP_ZSTANDARD", _STORED)):
        return Odd("unreadable", f"it is compressed by method {info.compress_type}, which is not supported")
    kind = stat.S_IFMT(mode)
    if kind and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        return Odd("special", "special file")
    return None
