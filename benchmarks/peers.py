"""Programs that ``speed.py`` measures: how each gets what it needs of a collection, and how it is called.

A function here prepares a collection for one program and yields the ways in which it is called. It raises ``Missing``
if the program cannot be had.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import measure
from measure import must

REQUIREMENTS = {
    "bagit": ["bagit==1.9.0"],
    "ocfl-py": ["ocfl-py==2.1.0"],
    "model-signing": ["model-signing==1.1.1", "pyopenssl"],
}
"""What is written in Python is installed into an environment of its own."""
HASHLIB = "Python: read, `hashlib.sha256`, compare"
READERS = ("`openssl", "`cat`", "Python: walk")
"""Beginnings of the names of what only reads, and can notice nothing."""

WALK = """
import os
folders = ["."]
while folders:
    for entry in os.scandir(folders.pop()):
        folders.append(entry.path) if entry.is_dir() else entry.stat()
"""
HASH = """
import hashlib, os, sys
sums = {line[66:-1]: line[:64] for line in open(sys.argv[1])}
folders, piece = ["."], memoryview(bytearray(1 << 18))
while folders:
    for entry in os.scandir(folders.pop()):
        if entry.is_dir():
            folders.append(entry.path)
            continue
        hashed = hashlib.sha256()
        with open(entry.path, "rb", buffering=0) as file:
            while size := file.readinto(piece):
                hashed.update(piece[:size])
        if sums.pop(entry.path, "") != hashed.hexdigest():
            sys.exit(1)
sys.exit(bool(sums))
"""


class Missing(Exception):
    """Why a program cannot be measured here."""


@dataclass(frozen=True)
class Place:
    """Where a collection lies: in a bag, because a bag wants its documents inside; the rest goes beside it."""

    root: Path
    tools: Path

    @property
    def folder(self) -> Path:
        return self.root / "bag" / "data"

    @property
    def sums(self) -> Path:
        return self.root / "SHA256SUMS"

    def digests(self, prefix: str) -> list[str]:
        """The lines of the sums, with something before each name in place of ``./``."""
        return [line.replace("  ./", f"  {prefix}", 1) for line in self.sums.read_text().splitlines()]

    def on_all(self, command: str, out: str = ">/dev/null") -> list[str]:
        """A command that takes the names of all files as arguments."""
        return ["sh", "-c", f'xargs -0 {command} <"$0" {out}', str(self.root / "names")]

    def prepare(self) -> None:
        """Write the list of the files and their sums."""
        names = sorted(f"./{file.relative_to(self.folder)}" for file in self.folder.rglob("*") if file.is_file())
        (self.root / "names").write_text("\0".join(names))
        self.sums.write_text(must(self.on_all("sha256sum", ""), self.folder).printed + "\n")


class Peer(NamedTuple):
    """A program with its arguments, and the folder in which it runs."""

    name: str
    command: list[str]
    cwd: Path


Peers = Iterator[Peer]


def ours(place: Place) -> Peers:
    check = [measure.validate(), "check", str(place.folder)]
    known = must([measure.validate(), "check", "--help"]).printed.replace(",", " ").split()
    yield Peer("`validate check`", check, place.root)
    for option in ("-j 1", "-j 2", "--cache"):
        word, *rest = option.split()
        if word not in known:
            note(f"Left out: `validate check {option}`, which this version does not know.")
            continue
        warm = ", warm" if word == "--cache" else ""
        yield Peer(f"`validate check {option}`{warm}", [*check, word, *rest], place.root)


def sha256sum(place: Place) -> Peers:
    yield Peer("`sha256sum -c`", ["sha256sum", "-c", "--quiet", str(place.sums)], place.folder)


def reading(place: Place) -> Peers:
    yield Peer(HASHLIB, [sys.executable, "-c", HASH, str(place.sums)], place.folder)
    yield Peer("Python: walk and stat", [sys.executable, "-c", WALK], place.folder)
    yield Peer("`cat`", place.on_all("cat"), place.folder)


def openssl(place: Place) -> Peers:
    yield Peer("`openssl dgst -sha256`", place.on_all(f"{program('openssl')} dgst -sha256"), place.folder)


def b3sum(place: Place) -> Peers:
    sums = place.root / "B3SUMS"
    sums.write_text(must(place.on_all(program("b3sum"), ""), place.folder).printed + "\n")
    yield Peer("`b3sum -c`", [program("b3sum"), "-c", "--quiet", str(sums)], place.folder)


def git(place: Place) -> Peers:
    command = [program("git"), f"--git-dir={place.root / 'git'}", f"--work-tree={place.folder}"]
    must([*command, "init", "--quiet"])
    must([*command, "-c", "core.compression=0", "-c", "gc.auto=0", "add", "--all"], place.folder)
    must([*command, "-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "--quiet", "-m", "all"])
    yield Peer("`git status`, warm", ["sh", "-c", 'test -z "$("$@" status --porcelain)"', "sh", *command], place.folder)


def bagit(place: Place) -> Peers:
    python, scripts = installed("bagit", place.tools)
    bag = place.folder.parent
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_text("\n".join([*place.digests("data/"), ""]))
    command = [python, str(scripts / "bagit.py"), "--quiet", "--validate"]
    yield Peer("bagit", [*command, str(bag)], place.folder)
    yield Peer("bagit, 2 processes", [*command, "--processes", "2", str(bag)], place.folder)


def ocfl(place: Place) -> Peers:
    python, scripts = installed("ocfl-py", place.tools)
    home = place.root / "object"
    (home / "v1").mkdir(parents=True)
    (home / "v1" / "content").symlink_to(place.folder)
    (home / "0=ocfl_object_1.1").write_text("ocfl_object_1.1\n")
    state: dict[str, list[str]] = {}
    for line in place.digests(""):
        state.setdefault(line[:64], []).append(line[66:])
    version = {"created": "2025-01-01T00:00:00Z", "message": "all", "user": {"name": "a", "address": "info:a"}}
    inventory = {
        "id": "info:benchmark",
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha256",
        "head": "v1",
        "manifest": {digest: [f"v1/content/{name}" for name in names] for digest, names in state.items()},
        "versions": {"v1": {**version, "state": state}},
    }
    written = json.dumps(inventory).encode()
    for folder in (home, home / "v1"):
        (folder / "inventory.json").write_bytes(written)
        (folder / "inventory.json.sha256").write_text(f"{hashlib.sha256(written).hexdigest()} inventory.json\n")
    yield Peer("ocfl-py", [python, str(scripts / "ocfl-validate.py"), "--quiet", str(home)], place.folder)


def model_signing(place: Place) -> Peers:
    _, scripts = installed("model-signing", place.tools)
    key, public, signature = (str(place.root / name) for name in ("key.pem", "key.pub", "model.sig"))
    must([program("openssl"), "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
    must([program("openssl"), "ec", "-in", key, "-pubout", "-out", public])
    command, rest = str(scripts / "model_signing"), ["key", str(place.folder), "--signature", signature]
    signed = measure.run([command, "sign", *rest, "--private_key", key])
    if signed.status:
        raise Missing(f"it does not run: {signed.printed.splitlines()[-1]}")
    yield Peer("model-signing", [command, "verify", *rest, "--public_key", public], place.folder)


PEERS: dict[str, Callable[[Place], Peers]] = {
    "validate": ours,
    "sha256sum": sha256sum,
    "reading": reading,
    "openssl": openssl,
    "b3sum": b3sum,
    "git": git,
    "bagit": bagit,
    "ocfl-py": ocfl,
    "model-signing": model_signing,
}


def program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Missing(f"there is no `{name}` here")
    return found


@cache
def note(text: str) -> None:
    """Say something, once."""
    print(text + "\n", flush=True)


@cache
def installed(name: str, tools: Path) -> tuple[str, Path]:
    """The interpreter and the folder of scripts of an environment that holds a package."""
    scripts = tools / "bin"
    if not scripts.exists():
        venv.create(tools, with_pip=True)
    pip = [str(scripts / "pip"), "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS[name]]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"it cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return str(scripts / "python"), scripts


def versions() -> str:
    """The versions of the programs, as they tell them."""
    asked = [["sha256sum", "--version"], ["openssl", "version"], ["b3sum", "--version"], ["git", "--version"]]
    told = [measure.run(command).printed.splitlines()[0] for command in asked if shutil.which(command[0])]
    return ", ".join([*told, *(first.replace("==", " ") for first, *_ in REQUIREMENTS.values())])
