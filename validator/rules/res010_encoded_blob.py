from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import TYPE_CHECKING, Document, Hit, Span
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from validator.prose import Line

_LONG = 160
"""Characters without a blank that are encoded data, where they look like it."""
_WRAPPED = 4
"""Lines that are encoded data, where they look like it."""
_BLOB = (
    "q83Zk1VbT0yXw7RfJm2LhPn5sGdQa9CeUo4IxB6vKtYzEi8WrNpHj3MfSlDgAuOc"
    "5Tq0VbXy7Rw2Kn9LzJp4GhMd6FsQa1CeUi8BxOv3YtWkEr7NjHf5SlPgDuAc0Zq2"
    "Vm4XbTy6Rw8Kn1LzJp3GhMd5FsQa7CeUi9BxOv0YtWkEr2NjHf4SlPgDuAc6Zq8V"
    "b1XnTy3Rw5Kz7LpJg9MhFd0QsCa2UeIi4BxOv6YtWkEr8NjHf1SlPgDuAc3Zq5Vm"
)
_ONE = _BLOB.encode()
_LINES = b"".join(_ONE[at : at + 64] + b"\n" for at in range(0, 256, 64))


@document_rule(
    code="RES010",
    name="encoded-blob",
    severity="warning",
    message="{count:,} characters of encoded data stand in the text",
    help="decode the data into a file of its own, or delete it",
    wakes=screening.ENCODED,
    good=[
        Good(b"-----BEGIN CERTIFICATE-----\n" + _LINES + b"-----END CERTIFICATE-----\n", "a certificate"),
        Good(b"See https://example.org/open?token=" + _ONE + b" for it.\n", "a URL"),
        Good(b"0123456789abcdef" * 16 + b"\n" + b"GATTACA" * 40 + b"\n", "a digest, a sequence"),
        Good(b"=" * 200 + b"\n" + b"a/very/long/path" * 12 + b"\n"),
    ],
    bad=[
        Bad(b"Picture: " + _ONE + b"\n", ["doc.txt:1:10"]),
        Bad(b"Picture:\n" + _LINES + b"Next.\n", ["doc.txt:2:1"], "wrapped"),
    ],
)
def encoded_blob(document: Document) -> Iterator[Hit]:
    """Encoded data stands where text should be.

    Pictures and attachments travel through mail and web pages as base64, and a conversion that takes everything
    for text leaves them in it. They say nothing to readers, fill indexes with words that are none, and may be
    most of the document. Decode the data into a file of its own, or delete it.

    Found are 160 characters of base64 or more without a blank, and four lines or more of 60 to 76 such
    characters. They must have small and capital letters and digits in about the mixture that encoded data
    has, so digests, sequences of bases and long paths say nothing. Certificates and keys between BEGIN and END
    lines, keys for SSH, URLs and code are left alone.
    """
    import re

    if re.search(rb"[A-Za-z0-9+/]{40}", document.data) is None:
        return
    is_armoured = is_key = False
    run: list[Line] = []
    for line in prose.lines(document.data):
        text = line.text.strip()
        if "-----" in text:
            is_armoured = "-----BEGIN" in text or (is_armoured and "-----END" not in text)
        is_data = 60 <= len(text) <= 76 and _is_base64(text)
        is_key = "ssh-" in text or (is_key and is_data)
        is_free = not (line.masked or is_armoured or is_key)
        if is_free and is_data:
            run.append(line)
            continue
        yield from _wrapped(run)
        run = []
        if is_free and len(text) >= _LONG:
            yield from _unbroken(line)
    yield from _wrapped(run)


def _wrapped(run: list[Line]) -> Iterator[Hit]:
    """A run of lines of base64, if it is long and looks like encoded data."""
    content = "".join(line.text.strip() for line in run)
    if len(run) >= _WRAPPED and _is_encoded(content) and len({len(line.text) for line in run[:-1]}) == 1:
        yield Hit(Span(run[0].span().start, run[-1].span().end), {"count": len(content)})


def _unbroken(line: Line) -> Iterator[Hit]:
    import re

    found = [
        (token.start() + match.start(), token.start() + match.end())
        for token in re.finditer(rf"(?<!\S)\S{{{_LONG},}}+", prose.without_code(line.text))
        if not any(mark in token[0] for mark in ("://", "data:", "www.", "%2"))
        for match in re.finditer(rf"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{{{_LONG},}}+=*+", token[0])
        if _is_encoded(match[0])
    ]
    places = prose.offsets((line,), [place for pair in found for place in pair])
    for start, end in zip(places, places, strict=False):
        yield Hit(Span(start, end), {"count": end - start})


def _is_base64(text: str) -> bool:
    bare = text.removesuffix("=").removesuffix("=").replace("+", "").replace("/", "")
    return bare.isascii() and bare.isalnum()


def _is_encoded(text: str) -> bool:
    """Whether letters and digits are mixed as in encoded data; of large ones the beginning tells."""
    import re

    head = text[:4096]
    shares = [len(re.findall(kind, head)) * 20 >= len(head) for kind in ("[a-z]", "[A-Z]", "[0-9]")]
    return all(shares) and len(set(head)) >= 40


@encoded_blob.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    sowing.add_lines(tree, random, random.choice([_ONE, _LINES.rstrip()]))
