"""What a rule is: one function with its code, its words, its examples and the fault it finds.

A rule file holds one decorated generator. Its subject is a document, a name, a container, an index with
its documents (``Scope``), the whole collection, or something that the user allows; it yields a ``Hit``
for each offence and keeps no state. The docstring and the examples are the rule's page and its tests; the
fault commits the offence on a clean collection, so that property tests and drills can see it found.
"""

from __future__ import annotations

from validator import container
from validator.model import TYPE_CHECKING, Collection, Container, Document, Hit, Name, Scope, Suppression, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping, Sequence
    from random import Random
    from typing import Any, NotRequired, TypeAlias, TypedDict, TypeVar, Unpack

    from validator.model import Severity
    from validator.trees import Odd

    Tree: TypeAlias = dict[str, "bytes | Odd"]
    Spoilable: TypeAlias = MutableMapping[str, "bytes | Odd"]
    Fault: TypeAlias = Callable[[Spoilable, Random], None]
    Subject = TypeVar("Subject")
    Check: TypeAlias = Callable[[Subject], Iterator[Hit]]

    class Parts(TypedDict):
        """What every rule says of itself.

        An opt-in rule has ``default`` false. One that is ``always`` on cannot be left out: where it speaks,
        something was not checked, and the run must not end without saying what.
        """

        code: str
        name: str
        severity: Severity
        message: str
        help: str
        good: Sequence[Good]
        bad: Sequence[Bad]
        default: NotRequired[bool]
        always: NotRequired[bool]

    class DocumentParts(Parts):
        """What a document rule says besides; see ``document_rule``."""

        wakes: int
        raw: NotRequired[bool]


LONE_DOCUMENT = "doc.txt"
LONE_CONTAINER = "all.bundle"


@value
class Good:
    """Something that the rule has nothing to say about."""

    content: bytes | Tree
    note: str = ""
    settings: dict[str, object] = {}


@value
class Bad:
    """An offence, with every finding of the rule on it, as ``path:line:column`` or just ``path``.

    ``mended`` is the content after the rule's fix, where it has one. ``also`` are the codes of other
    default rules that cannot help finding something in the example.
    """

    content: bytes | Tree
    findings: Sequence[str]
    note: str = ""
    mended: bytes | None = None
    also: Sequence[str] = ()
    settings: dict[str, object] = {}


class Rule:
    """One rule of the catalogue; see the decorators below for what each part means."""

    def __init__(
        self,
        scope: str,
        check: Callable[[Any], Iterator[Hit]],
        *,
        code: str,
        name: str,
        severity: Severity,
        message: str,
        help: str,
        good: Sequence[Good],
        bad: Sequence[Bad],
        default: bool = True,
        always: bool = False,
        wakes: int = 0,
        raw: bool = False,
    ) -> None:
        self.scope = scope
        self.check = check
        self.code = code
        self.name = name
        self.severity = severity
        self.message = message
        self.help = help
        self.good = tuple(good)
        self.bad = tuple(bad)
        self.default = default
        self.always = always
        self.wakes = wakes
        self.raw = raw
        self.page = check.__doc__ or ""
        self._fault: Fault | None = None

    def __repr__(self) -> str:
        return f"<{self.code} {self.name}>"

    @property
    def summary(self) -> str:
        """What is wrong where this rule speaks, in one line."""
        return self.page.strip().split("\n", 1)[0]

    @property
    def inject(self) -> Fault:
        """Commit the offence somewhere on a clean collection. Raises ``LookupError`` if none is given."""
        if self._fault is None:
            raise LookupError(f"{self.code} has no fault")
        return self._fault

    def fault(self, commit: Fault) -> Fault:
        """Decorate the function that commits the offence."""
        self._fault = commit
        return commit

    def example(self, content: bytes | Tree) -> tuple[Tree, bool]:
        """The files of an example, and whether they are a folder.

        Bytes are one document for a document rule and one container for a name or container rule; for
        the others they are a whole folder, written as a container.
        """
        if not isinstance(content, bytes):
            return content, True
        if self.scope == "document":
            return {LONE_DOCUMENT: content}, False
        if self.scope in ("name", "container"):
            return {LONE_CONTAINER: content}, False
        return dict(unpacked(content)), True


def unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The documents of a container as (name, body)."""
    for block in container.parse(content).blocks:
        body, _ = container.unescape(content[block.header_end : block.body_end])
        yield block.name.decode("utf-8", "surrogateescape"), body


def document_rule(**parts: Unpack[DocumentParts]) -> Callable[[Check[Document]], Rule]:
    """A rule on one document. Spans count in the document's own bytes.

    It is called only where screening set one of the bits ``wakes`` (``0``: always), and only for text,
    unless it is ``raw``: then for documents that are not UTF-8 as well.
    """
    return lambda check: Rule("document", check, **parts)


def name_rule(**parts: Unpack[Parts]) -> Callable[[Check[Name]], Rule]:
    """A rule on the name of a loose file or a block; called only for names that are not plain."""
    return lambda check: Rule("name", check, **parts)


def container_rule(**parts: Unpack[Parts]) -> Callable[[Check[Container]], Rule]:
    """A rule on a container. Spans count in the bytes of the file."""
    return lambda check: Rule("container", check, **parts)


def index_rule(**parts: Unpack[Parts]) -> Callable[[Check[Scope]], Rule]:
    """A rule on an index and the documents that it governs. Spans count in the index."""
    return lambda check: Rule("index", check, **parts)


def collection_rule(**parts: Unpack[Parts]) -> Callable[[Check[Collection]], Rule]:
    """A rule on the collection as a whole. Every hit says where it is, with ``at``."""
    return lambda check: Rule("collection", check, **parts)


def suppression_rule(**parts: Unpack[Parts]) -> Callable[[Check[Suppression]], Rule]:
    """A rule on something that the user allows, but which was not found, or cannot be obeyed.

    It is called last. Every hit says where it is, with ``at``.
    """
    return lambda check: Rule("suppression", check, **parts)
