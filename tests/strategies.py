"""The vocabulary of the property tests: names, texts and whole clean collections."""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from validator import container, faults
from validator.names import is_device
from validator.rule import Rule

Tree = dict[str, bytes]

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz ,.",
    "abcdeéèêçàñöüßåøœ ",
    "абвгдежзиклмнопрст ",
    "αβγδεζηθικλμν ",
    "אבגדהוזחטיכלמנ ",
    "ابتثجحخدذرزسشص ",
    "天地玄黄宇宙洪荒日月。",
    "あいうえおカキクケコ、",
    "กขคงจฉชซญฎ ",
    "अआइईउऊकखगघ ",
    "😀🎉🚀 ok",
)

lines = (
    st.sampled_from(ALPHABETS)
    .flatmap(lambda letters: st.text(letters, min_size=3, max_size=30))
    .map(lambda line: "x" + line.strip() + ".")
)
texts = st.lists(lines, min_size=1, max_size=5, unique=True).map(lambda found: "\n".join(found) + "\n")
names = st.from_regex(r"(?:[a-z]{1,6}/)?[a-z][a-z0-9_-]{0,8}\.(?:txt|md)", fullmatch=True).filter(
    lambda name: not any(map(is_device, name.split("/")))
)


@st.composite
def clean_trees(draw: st.DrawFn) -> Tree:
    """A folder with an index with digests, loose documents, and a container with copies of some of them."""
    stems = draw(st.lists(names, min_size=2, max_size=5, unique_by=lambda name: name.rpartition(".")[0]))
    folders = {name.split("/")[0] for name in stems if "/" in name}
    found = draw(st.lists(texts, min_size=len(stems), max_size=len(stems), unique=True))
    tree = {
        name: text.encode()
        for name, text in zip(stems, found, strict=True)
        if name.rpartition(".")[0] not in folders and name not in folders
    }
    if len(tree) < 2:
        tree = {"one.txt": b"first words.\n", "two.txt": "второе слово.\n".encode()}
    copies = draw(st.lists(st.sampled_from(sorted(tree)), min_size=1, unique=True))
    numbers = {name: f"{number:03}" for number, name in enumerate(sorted(tree))}
    tree["all.bundle"] = b"".join(container.pack((numbers[n].encode(), n.encode(), tree[n]) for n in sorted(copies)))
    tree["INDEX.md"] = index_of({**numbers, "all.bundle": "all"}, tree)
    return tree


def spoil(tree: Any, rule: Rule, random: Random) -> None:
    """Commit a rule's fault; a collection in which nothing can be spoilt so is no example."""
    try:
        rule.inject(tree, random)
    except faults.Inapplicable:
        reject()


def index_of(ids: dict[str, str], tree: Tree) -> bytes:
    """An index in table form that lists the named files of a tree with sizes and digests."""
    rows = ["# Index", "", "| id | name | bytes | sha256 |", "|----|------|------:|--------|"]
    rows += [f"| {ids[n]} | {n} | {len(tree[n])} | {sha256(tree[n]).hexdigest()} |" for n in sorted(ids)]
    return ("\n".join(rows) + "\n").encode()
