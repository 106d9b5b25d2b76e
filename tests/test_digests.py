"""A digest is the same whoever computes it."""

from __future__ import annotations

import hashlib
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from validator import digests


@pytest.mark.parametrize("taken", [0, digests._LITTLE])
@pytest.mark.parametrize("missing", [(), ("_sha2", "_sha256")])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=200), max_size=4))
def test_every_source_gives_the_same_digest(
    taken: int, missing: tuple[str, ...], pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(digests, "_own", digests._builtin())
    monkeypatch.setattr(digests, "_taken", taken)
    running = digests.sha256(*pieces[:1])
    for piece in pieces[1:]:
        running.update(piece)
    assert running.copy().hexdigest() == running.hexdigest() == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_much_work_is_left_to_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "_taken", 0)
    quick = type(hashlib.sha256())
    kinds = [type(digests.sha256(bytes(digests._LITTLE // 2))) for _ in range(3)]
    assert kinds[1:] == [quick, quick]
    monkeypatch.setattr(digests, "_taken", 0)
    assert isinstance(digests.sha256(), quick)
