"""What the program is made of: licences that let anybody use it, and a release that anybody can build again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.command import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RUNTIME = ("archives", "blake3", "cluster", "fast", "html", "language", "lsp", "remote", "scale", "watch")
PERMISSIVE = r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|CC0|Zlib|0BSD|MIT-CMU|HPND"
"""Licences under which others may use a work as they like. MPL asks only for changes to its own files."""
OTHER = r"\bA?L?GPL|GNU|Commercial|Proprietary|SSPL|BUSL|CC-BY-NC"


def dependencies() -> Iterator[metadata.Distribution]:
    """What is installed for the program with its extras, directly and behind it."""
    optional = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for extra in RUNTIME for line in optional[extra])]
    waiting = list(needed(lines, ("",)))
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system, or an extra that is not installed here
        yield found
        more = set(needed(found.requires or (), (*extras, ""))) - seen
        seen |= more
        waiting += more


def needed(lines: Iterable[str], extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names and extras that some requirements ask for on this system."""
    for need in map(Requirement, lines):
        applies = need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)
        if applies and need.name != PROJECT["name"]:
            yield canonicalize_name(need.name), tuple(sorted(need.extras))


def licence(found: metadata.Distribution) -> str:
    """What a distribution says of its licence, in a line."""
    told = found.metadata.json
    classifiers = [line for line in told.get("classifier", []) if str(line).startswith("License ::")]
    first = str(told.get("license", "")).strip().split("\n")[0]
    return str(told.get("license_expression") or "; ".join(map(str, classifiers)) or first)


def test_every_dependency_has_a_permissive_licence() -> None:
    found = {one.name: licence(one) for one in dependencies()}
    assert {"jsonschema", "pydantic", "PyYAML", "typer", "wcwidth"} <= set(found)
    odd = {
        name: text
        for name, text in found.items()
        if not re.search(PERMISSIVE, text) or (re.search(OTHER, text) and " OR " not in text)
    }
    assert odd == {}


def built(source: Path, target: Path) -> dict[str, str]:
    """The digests of a release, built from a checkout."""
    shutil.copytree(
        ROOT, source, ignore=lambda folder, names: {name for name in names if name[0] == "." or name == "__pycache__"}
    )
    for path in source.rglob("*"):
        os.utime(path, (source.stat().st_ctime - 1000 * len(str(source)),) * 2)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True, timeout=120)
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(target.iterdir())}


def test_a_release_can_be_built_again_byte_for_byte(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the release is built with hatchling")
    one = built(tmp_path / "one", tmp_path / "first")
    other = built(tmp_path / "elsewhere" / "another", tmp_path / "second")
    assert one == other
    assert len(one) == 2


def test_the_release_is_attested_and_no_secret_is_kept() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read", "id-token": "write", "attestations": "write"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in text
    others = re.findall(r"uses: (?!actions/(?:checkout|setup-python|upload-artifact|download-artifact)@v\d)(\S+)", text)
    assert others
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in others)
