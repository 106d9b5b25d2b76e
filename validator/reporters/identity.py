"""What tells a finding from every other in its report, and is the same in the next run."""

from __future__ import annotations

from hashlib import sha256

from validator.model import TYPE_CHECKING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIGITS = 32


def identities(findings: Iterable[Finding]) -> Iterator[str]:
    """For each finding 32 hexadecimal digits, no two alike.

    They come from its path, block, rule and fingerprint, and from how many with the same of all four came
    before. So they stay while other findings come and go and lines move.
    """
    times: dict[tuple[str, str | None, str, str], int] = {}
    for finding in findings:
        key = (finding.path, finding.document, finding.code, finding.fingerprint)
        times[key] = times.get(key, 0) + 1
        yield sha256(ascii((*key, times[key])).encode()).hexdigest()[:_DIGITS]
