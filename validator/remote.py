"""Where files come from when a URL is named: object stores, web servers, and whatever else fsspec knows.

fsspec is the one client for all; what it is told besides the URL comes from the variables and the files that
its libraries read, credentials and repeated attempts among them.

A store is listed before it is read, and listed again when all has been read: an object that is another then,
or no more, has changed. Its size and what the store calls its version (an ETag, a generation, a time) are held
against each other, and so is the number of bytes that were read. Small objects are read together with
those that come next, since it is the way to the store that takes the time; of a large one no more than a part
is held.

A web server has no listing. The names below ``INDEX.md`` are those that it lists, and of each the server is asked
whether it is there; of a folder they are the links that its page has to something below it.
"""

from __future__ import annotations

import errno
from http import HTTPStatus
from typing import TYPE_CHECKING

from validator import frontmatter, manifest, matching
from validator.addresses import collection, divided, is_web, named, without_secrets
from validator.model import Options, Place, UsageError, value
from validator.trees import Changed, Found, Odd, excluded, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from fsspec import AbstractFileSystem

    from validator.trees import Source

    Stamp: TypeAlias = tuple[int | str, ...]
    """Size in bytes, negative if it is not known, and what the store says of the version; of the same store."""

    Got: TypeAlias = "bytes | Exception"

_SMALL = 1 << 20
"""Bytes of an object that is read at once."""
_MOST, _MOST_BYTES = 64, 16 << 20
"""Objects, and bytes of them, that are read together."""
_BLOCK = 8 << 20
"""Bytes of a large object that are read at once."""
_ASKED = 32
"""Objects that are asked about at the same time."""
_DEEPEST = 64
"""Folders in folders: a page that links to ever deeper ones is no listing."""
_VERSIONS = ("ETag", "etag", "generation", "VersionId", "version_id", "md5Hash", "Content-MD5")
_TIMES = ("LastModified", "Last-Modified", "last_modified", "updated", "mtime", "modified", "created")
_OURS = ("abfs", "abfss", "adl", "az", "gcs", "gs", "http", "https", "s3", "s3a")
_CLIENTS = ("fsspec", "s3fs", "gcsfs", "adlfs", "aiobotocore", "botocore", "aiohttp", "azure", "google", "asyncio")
"""Packages that log what goes wrong."""
_EXTRA = "pip install 'collection-validator[remote]'"
_SILENCE = 60
"""Seconds that a web server may take for the next bytes; a large document may take as long as it likes."""
_WRAPPING = (
    *("blockcache", "cached", "data", "dir", "filecache", "generic", "libarchive", "reference", "simplecache"),
    *("asyncwrapper", "tar", "zip"),
)
"""Protocols of fsspec that lead to other ones."""


@value
class Listed:
    """An object as it was listed: what its client calls it, its size in bytes if that is known, and its stamp.

    ``version`` is what no other content has (an ETag, a generation), empty where the store tells none.
    """

    path: str
    size: int | None
    stamp: Stamp
    version: str = ""


class Remote:
    """The objects below a URL, or the one object that it names. Raises ``UsageError``.

    A URL that ends in a slash, or in ``INDEX.md`` on a web server, is a folder; elsewhere it is one where no
    object is called so. It can be pickled; what was listed is not sent along.
    """

    def __init__(self, url: str, is_folder: bool | None = None) -> None:
        self._url = url
        self._store, self._root = client(url)
        self._listed: dict[str, Listed | Odd] = {}
        self._is_narrow = False
        self._ahead: dict[bool, _Ahead] = {}
        self._options = Options()
        self._is_index = is_web(url) and divided(url)[0].endswith(f"/{manifest.NAME}")
        self.is_folder = self._names_folder() if is_folder is None else is_folder
        self.path = collection(url)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._is_narrow:
            return _narrow, (self._url, self.is_folder, self._listed)
        return Remote, (self._url, self.is_folder)

    def walk(self, options: Options) -> Iterator[Found]:
        """Every object once, in order of name, folder by folder. Raises ``UsageError``."""
        self._options = options
        self._listed = self._listing()
        self._ahead = {}
        for name in sorted(self._listed, key=_parts):
            listed = self._listed[name]
            yield Found(name, listed if isinstance(listed, Odd) else None)

    def open(self, name: str) -> Source:
        listed = self._known(name)
        if listed.size is None:
            return _Copied(self._store, listed, self._failure)
        if listed.size > _SMALL:
            return _Large(self._store, listed, self._failure)
        return _Small(listed.size, lambda: self._take(name), self._failure)

    def shown(self, name: str) -> str:
        return f"{self.path}/{name}" if name and self.is_folder else self.path

    def stamp(self, name: str) -> Stamp:
        """What tells whether an object has changed since it was listed at another time. Raises ``OSError``.

        Where the store tells no version of it, that is no more than its size.
        """
        known = self._known(name)
        return (known.stamp[0], known.version) if known.version else known.stamp[:1]

    def narrowed(self, names: Iterable[str]) -> Remote:
        """The same place, of which no more is known than some of the objects that were walked past."""
        return _narrow(self._url, self.is_folder, {name: self._listed[name] for name in names if name in self._listed})

    def changed(self) -> Iterator[str]:
        """The names of the objects that are not any more what they were when they were walked past.

        It takes a second listing; where there is none to be had, the empty name stands for all of them.
        """
        if self._is_narrow:
            return  # whoever has all of it looks
        try:
            now = self._listing()
        except UsageError:
            yield ""
            return
        for name, before in self._listed.items():
            if isinstance(before, Listed) and now.get(name) != before:
                yield name

    def _known(self, name: str) -> Listed:
        if not self._listed and not self._is_narrow:  # this was sent here from another process
            self._listed = self._listing()
        listed = self._listed.get(name)
        if isinstance(listed, Listed):
            return listed
        raise OSError(errno.ENOENT, "it is not there any more" if listed is None else listed.detail)

    def _take(self, name: str) -> Got:
        """The content of a small object. Indexes, which are read first, are read together with each other."""
        kind = _is_index(name)
        if kind not in self._ahead:
            sizes = {
                one: listed.size
                for one in sorted(self._listed, key=_parts)
                if isinstance(listed := self._listed[one], Listed)
                and listed.size is not None
                and listed.size <= _SMALL
                and _is_index(one) == kind
            }
            self._ahead[kind] = _Ahead(sizes, self._fetched)
        return self._ahead[kind].take(name)

    def _fetched(self, names: Sequence[str]) -> dict[str, Got]:
        """Small objects; a byte more than they have is asked for, to see whether they have become longer."""
        sizes = {name: (listed.path, listed.size or 0) for name in names if (listed := self._known(name))}
        asked = {name: (path, size + 1) for name, (path, size) in sizes.items() if size}
        paths, ends = [path for path, _ in asked.values()], [end for _, end in asked.values()]
        got: Sequence[Got]
        try:
            got = self._store.cat_ranges(paths, [0] * len(paths), ends, on_error="return") if asked else []
        except Exception as error:
            got = [error] * len(paths)
        found: dict[str, Got] = dict.fromkeys(sizes, b"")
        return found | dict(zip(asked, got, strict=True))

    def _listing(self) -> dict[str, Listed | Odd]:
        """What there is, by name. Raises ``UsageError``."""
        if not self.is_folder:
            name = divided(self._url)[0].rstrip("/").rpartition("/")[2]
            return {name: _listed(self._root, self._asked(lambda: self._info(self._root)))}
        self._store.invalidate_cache()
        if self._is_index:
            return self._below_index()
        found = self._asked(self._found)
        told = {name: info for name, info in found.items() if not _left_out(name, self._options)}
        if is_web(self._url):  # pages tell no sizes
            told |= self._infos({name: info["name"] for name, info in told.items() if isinstance(info, dict)})
        return self._judged(told)

    def _judged(self, told: Mapping[str, dict[str, Any] | Odd]) -> dict[str, Listed | Odd]:
        """What was told of names, as objects, without those that only mark a folder."""
        found: dict[str, Listed | Odd] = {}
        for name, info in told.items():
            if isinstance(info, Odd):
                found[name] = info
            elif not name.endswith("/"):
                found[name] = _listed(info["name"], info)
            elif info.get("size"):  # clients cannot say such a name
                found[name] = Odd("special", "object with the name of a folder")
        return found

    def _found(self) -> dict[str, dict[str, Any] | Odd]:
        """What the store has below the root, by name; where it cannot list all at once, folder by folder."""
        top = f"{self._root.rstrip('/')}/"
        if _lists_at_once(self._store):
            found = self._store.find(self._root, detail=True)
            return {path[len(top) :]: info for path, info in found.items() if path.startswith(top) and path != top}
        listed: dict[str, dict[str, Any] | Odd] = {}
        waiting, seen = [self._root], {self._root.rstrip("/")}
        while waiting:
            folder = waiting.pop()
            below = _name(folder, top).strip("/") if folder != self._root else ""
            try:
                inside = self._store.ls(folder, detail=True)
                if below.count("/") >= _DEEPEST:
                    raise OSError(errno.ELOOP, "it lies too deep for a listing to be believed")
            except Exception as error:
                if folder == self._root:
                    raise
                listed[below] = Odd("unreadable", reason(self._failure(error)))
                continue
            for info in inside:
                path = info["name"]
                if not path.startswith(top) or path.rstrip("/") in seen or not self._is_below(path, top):
                    continue
                seen.add(path.rstrip("/"))
                if info["type"] == "directory":
                    waiting += [] if _left_out(_name(path, top).strip("/"), self._options) else [path]
                else:
                    listed[_name(path, top)] = info
        return listed

    def _is_below(self, path: str, top: str) -> bool:
        """Whether what a page links to is a name below it, and neither another way to sort it nor a place in it."""
        return not is_web(path) or not ({"?", "#"} & set(path) or ".." in _name(path, top).split("/"))

    def _below_index(self) -> dict[str, Listed | Odd]:
        """The index, and what it lists: of that, what is there. Raises ``UsageError``."""
        own = self._asked(lambda: self._info(self._root))
        most = self._options.max_document_size
        if (own.get("size") or 0) > most:
            return self._judged({manifest.NAME: own})
        data = self._asked(lambda: self._store.cat_file(self._root))
        rows = frontmatter.rows(data)
        listed = _listed_in(data) | (self._listed_apart(rows.file) if rows is not None else set())
        names = listed | {frontmatter.schema_name(data), rows.file if rows is not None else ""}
        names = {one for one in names if _is_plain(one) and not _left_out(one, self._options)} - {manifest.NAME}
        infos = self._infos({name: self._at(name) for name in names})
        return self._judged({manifest.NAME: own} | {n: i for n, i in infos.items() if not _is_nothing(i)})

    def _listed_apart(self, file: str) -> set[str]:
        """The names that a Parquet file lists for the index; none where it cannot be read, which is said when it is."""
        from validator import columnar

        if not _is_plain(file):
            return set()
        try:
            source = _Copied(self._store, Listed(self._at(file), None, ()), self._failure)
            try:
                return _listed_in(columnar.read(source, self._options.max_document_size).text)
            finally:
                source.close()
        except (OSError, columnar.Unreadable, columnar.OverLimit):
            return set()

    def _at(self, name: str) -> str:
        """The URL of a name that the index lists; a query that is part of the address goes for all."""
        from urllib.parse import quote

        before, query = divided(self._url)
        return before.removesuffix(manifest.NAME) + quote(name.encode("utf-8", "surrogateescape")) + query

    def _infos(self, paths: Mapping[str, str]) -> dict[str, dict[str, Any] | Odd]:
        """What the server says of each path; of what it does not give, why."""
        from concurrent.futures import ThreadPoolExecutor

        def told(path: str) -> dict[str, Any] | Odd:
            try:
                return self._info(path)
            except Exception as error:
                cause = _cause(error)
                gone = isinstance(cause, FileNotFoundError) or _status(cause) in _GONE
                return _NOTHING if gone else Odd("unreadable", reason(self._failure(error)))

        with ThreadPoolExecutor(_ASKED) as pool:
            return dict(zip(paths, pool.map(told, paths.values()), strict=True))

    def _info(self, path: str) -> dict[str, Any]:
        info: dict[str, Any] = self._store.info(path)
        return {**info, "name": path}

    def _names_folder(self) -> bool:
        if self._url.endswith("/") or self._is_index or not self._root.strip("/"):
            return True
        if is_web(self._url):
            return False
        try:
            return bool(self._store.info(self._root)["type"] == "directory")
        except FileNotFoundError:
            return True  # there may be nothing below it, which is said then
        except Exception as error:
            raise self._refused(error) from None

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> UsageError:
        return refused(self._url, error)

    def _failure(self, error: Exception) -> OSError:
        return OSError(errno.EIO, _said(error, self._url))


def _narrow(url: str, is_folder: bool, listed: dict[str, Listed | Odd]) -> Remote:
    tree = Remote(url, is_folder)
    tree._listed, tree._is_narrow = listed, True
    return tree


_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_NOTHING = Odd("unreadable", "it does not exist")


def _is_nothing(info: object) -> bool:
    return info == _NOTHING


class _Ahead:
    """Small objects, each read together with those that come next: the more of them, the longer that proves right."""

    def __init__(self, sizes: Mapping[str, int], fetch: Callable[[Sequence[str]], dict[str, Got]]) -> None:
        self._names, self._sizes = list(sizes), sizes
        self._places = {name: place for place, name in enumerate(self._names)}
        self._fetch = fetch
        self._held: dict[str, Got] = {}
        self._window = 4

    def take(self, name: str) -> Got:
        if name not in self._held:
            self._window = min(2 * self._window, _MOST) if not self._held else 1
            self._held = self._fetch(self._next(self._places[name]))
        return self._held.pop(name)

    def _next(self, place: int) -> list[str]:
        names = self._names[place : place + self._window]
        total = 0
        for number, name in enumerate(names):
            total += self._sizes[name]
            if total > _MOST_BYTES:
                return names[: max(number, 1)]
        return names


class _Small:
    """An object that is read at once, when something of it is wanted."""

    def __init__(self, size: int, take: Callable[[], Got], failure: Callable[[Exception], OSError]) -> None:
        self.size = size
        self._take = take
        self._failure = failure
        self._data: bytes | None = None

    def read(self, start: int, end: int) -> bytes:
        if self._data is None:
            got = self._take()
            if isinstance(got, Exception) and not _is_change(got):
                raise self._failure(got)
            self._data = b"" if isinstance(got, Exception) else got
        return self._data[start : min(end, self.size)]

    def close(self) -> None:
        if self._data is not None and len(self._data) != self.size:
            raise Changed


class _Large:
    """An object of which a part is held; a copy on the disk, where the server gives no parts."""

    def __init__(self, store: AbstractFileSystem, listed: Listed, failure: Callable[[Exception], OSError]) -> None:
        self.size = listed.size or 0
        self._store = store
        self._listed = listed
        self._failure = failure
        self._copy: _Copied | None = None
        self._changed = False
        try:
            self._file = store.open(
                listed.path, "rb", block_size=_BLOCK, cache_type="readahead", size=listed.size
            )  # fmt: skip
        except Exception as error:
            raise failure(error) from None

    def read(self, start: int, end: int) -> bytes:
        if self._copy is None and not self._changed:
            try:
                self._file.seek(start)
                data = bytes(self._file.read(end - start))
                self._changed = len(data) < min(end, self.size) - start
                return data
            except ValueError:  # so fsspec says that a server gives no parts
                self._copy = _Copied(self._store, self._listed, self._failure)
            except Exception as error:
                if not _is_change(error):
                    raise self._failure(error) from None
                self._changed = True
        return self._copy.read(start, end) if self._copy is not None else b""

    def close(self) -> None:
        self._file.close()
        if self._copy is not None:
            self._copy.close()
        if self._changed:
            raise Changed


class _Copied:
    """An object that comes in one piece, in a temporary file."""

    def __init__(self, store: AbstractFileSystem, listed: Listed, failure: Callable[[Exception], OSError]) -> None:
        from tempfile import TemporaryFile

        self._file = TemporaryFile()  # noqa: SIM115
        try:
            store.get_file(listed.path, self._file)
        except Exception as error:
            self._file.close()
            raise failure(error) from None
        self.size = self._file.seek(0, 2)
        self._changed = listed.size is not None and self.size != listed.size

    def read(self, start: int, end: int) -> bytes:
        self._file.seek(start)
        return self._file.read(max(0, end - start))

    def close(self) -> None:
        self._file.close()
        if self._changed:
            raise Changed


def client(url: str) -> tuple[AbstractFileSystem, str]:
    """The client for a URL, and what it calls the URL. Raises ``UsageError``."""
    shown = named(url)
    scheme = url.partition("://")[0].lower()
    if "::" in divided(url)[0] or scheme in _WRAPPING:
        raise UsageError(f"{shown}: a URL that leads through another one is not read; fetch it first")
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UsageError(f"{shown} needs packages: {_EXTRA}") from None
    _keep_quiet()
    try:
        settings = _of_web() if is_web(url) else {}
        store, root = url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **settings)
    except ImportError as error:
        hint = f": {_EXTRA}" if scheme in _OURS else ""
        raise UsageError(f"{shown} needs a package that is not installed: {_first(error)}{hint}") from None
    except ValueError as error:
        raise UsageError(f"{shown} cannot be read: {_said(error, url)}") from None
    except Exception as error:
        raise refused(url, error) from None
    return store, root


def _of_web() -> dict[str, Any]:
    """How web servers are read: links are what pages mark as such, and no size is one of packed bytes."""
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=None, sock_connect=_SILENCE, sock_read=_SILENCE)
    return {
        "simple_links": False,
        "headers": {"Accept-Encoding": "identity"},
        "client_kwargs": {"timeout": timeout},
    }


def _keep_quiet() -> None:
    """Have what clients log go nowhere, unless a program that uses this one has said where: errors are told here."""
    from logging import NullHandler, getLogger

    for name in _CLIENTS:
        logger = getLogger(name)
        if not logger.handlers:
            logger.addHandler(NullHandler())


def matching_urls(pattern: str) -> list[str]:
    """The URLs that a pattern stands for, in order; folders end in a slash. Raises ``UsageError``.

    What is called just so goes first. As in a shell, hidden names are only matched by what begins with a dot.
    """
    store, root = client(pattern)
    scheme = pattern.partition("://")[0]
    try:
        if store.exists(root):
            return [pattern]
        plain = root[: min(root.find(sign) for sign in "*?[" if sign in root)].rpartition("/")[0]
        store.ls(plain)  # a pattern that nothing fits does not tell why
        found = store.glob(f"{root.rstrip('/')}/" if pattern.endswith("/") else root, detail=True)
    except Exception as error:
        raise refused(pattern, error) from None
    is_plain = not any(part.startswith(".") for part in root.split("/"))
    names = [path for path in sorted(found) if not (is_plain and _hidden(path[len(plain) :]))]
    ends = {path: "/" if found[path]["type"] == "directory" else "" for path in names}
    kept = [path for path in names if ends[path] or not pattern.endswith("/")]
    return [f"{scheme}://{path.lstrip('/').rstrip('/')}{ends[path]}" for path in kept]


def refused(url: str, error: Exception) -> UsageError:
    """What to say of a URL that cannot be looked at."""
    return UsageError(f"cannot look at {named(url)}: {_said(error, url)}; check the address and your credentials")


def _lists_at_once(store: AbstractFileSystem) -> bool:
    """Whether a store has a listing of its own for all that lies below a name."""
    from fsspec.asyn import AsyncFileSystem

    return isinstance(store, AsyncFileSystem) and type(store)._find is not AsyncFileSystem._find


def _listed(path: str, info: Mapping[str, Any]) -> Listed:
    size = info.get("size")
    size = int(size) if isinstance(size, (int, float)) else None
    versions = [str(info[key]) for key in _VERSIONS if info.get(key)]
    times = [str(info[key]) for key in _TIMES if info.get(key)]
    return Listed(path, size, (-1 if size is None else size, *versions, *times), " ".join(versions))


def _name(path: str, top: str) -> str:
    """The name of a path below the root; a web server says it as it stands in URLs."""
    from urllib.parse import unquote_to_bytes

    name = path[len(top) :]
    return unquote_to_bytes(name).decode("utf-8", "surrogateescape") if is_web(path) else name


def _parts(name: str) -> list[bytes]:
    return _bytes(name).split(b"/")


def _bytes(name: str) -> bytes:
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which no store should take
        return name.encode("utf-8", "surrogatepass")


def _left_out(name: str, options: Options) -> bool:
    return _hidden(name) or (bool(options.exclude) and excluded(name, options))


def _hidden(name: str) -> bool:
    """Whether a part of the name begins with a dot; one that leads upwards is a fault, and not hidden."""
    return ("." in name) and any(part[:1] == "." and part not in (".", "..") for part in name.split("/"))


def _listed_in(index: bytes) -> set[str]:
    """The names of files that an index lists; of a block, that of its container as well."""
    entries = matching.by_name(manifest.parse(index, Place(manifest.NAME)))
    return {part for name in entries for part in (name, name.partition("#")[0])}


def _is_plain(name: str) -> bool:
    """Whether a name leads to something below the folder that lists it."""
    return bool(name) and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def _is_index(name: str) -> bool:
    return name.endswith(manifest.NAME) and name.rpartition("/")[2] == manifest.NAME


def _is_change(error: Exception) -> bool:
    """Whether it says that an object is not what it was when it was listed."""
    return isinstance(error, FileNotFoundError) or type(error).__name__ == "FileExpired"


def _cause(error: BaseException) -> BaseException:
    """What is behind an error: the web client takes all that goes wrong for a file that is not there."""
    cause = error.__cause__
    return cause if isinstance(error, FileNotFoundError) and cause is not None else error


def _status(error: BaseException) -> int:
    status = getattr(error, "status", None)
    return status if isinstance(status, int) else 0


def _said(error: BaseException, url: str) -> str:
    """What went wrong, in one line."""
    error = _cause(error)
    status = _status(error)
    if status:
        known = {int(one): one.phrase for one in HTTPStatus}
        return f"the server answers {status} {known.get(status, '')}".rstrip()
    if isinstance(error, PermissionError):
        return f"access is refused: {without_secrets(_first(error), url)}"
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    return without_secrets(_first(error), url)


def _first(error: BaseException) -> str:
    """The first line of what an error says."""
    said = (error.strerror or "") if isinstance(error, OSError) else ""
    lines: Iterable[str] = (said or str(error)).strip().splitlines()
    return next(iter(lines), type(error).__name__)[:300]
