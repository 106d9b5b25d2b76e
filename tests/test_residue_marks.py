"""Marks that were left in texts: of Git, HTML, templates, quotations and encodings, and texts that break off.

What each rule finds on its examples tests/test_rules.py shows; here is what lies close to them.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from tests.hostile import seconds
from validator import engine, prose, trees
from validator.model import Document, Options, Place, Record
from validator.rules import catalogue

RULES = {rule.code: rule for rule in catalogue()}
MARKS = ("RES002", "RES003", "RES004", "RES006", "RES007", "RES010", "RES013", "RES014", "RES015")
DEFAULT = MARKS[:6]
BLOB = "".join(b64encode(sha256(b"%d" % number).digest()).decode()[:43] for number in range(8))


def found(code: str, text: str, name: str = "doc.txt") -> list[tuple[int, int]]:
    """Line and column of every finding of a rule on a text."""
    files = {name: text.encode(), "INDEX.md": b"# Index\n"}
    report = engine.check([trees.Memory(files, is_folder=True)], Options(select=(code,)))
    return [(finding.line or 0, finding.column or 0) for finding in report.findings]


def conflict(ours: str = "HEAD", middle: str = "=======", theirs: str = "main") -> str:
    return f"Before.\n<<<<<<< {ours}\none\n{middle}\ntwo\n>>>>>>> {theirs}\nAfter.\n"


SILENT = {
    "RES002": [
        conflict(middle="-------"),
        conflict(middle="======= "),
        conflict().replace("<<<<<<< HEAD", "<<<FILE 000 a.txt>>>"),
        conflict().replace("\n", "\n> "),
        "Title\n=======\n\n>>>>>>> said he\n",
        "To merge:\n\n    " + conflict().replace("\n", "\n    ") + "\n",
        "Git writes:\n\n------------\n" + conflict() + "------------\n\nand stops.\n",
    ],
    "RES003": [
        "AT&amp;T and R&amp;D; x &lt; y\n",
        "In the code:\n\n    &amp;amp;\n",
        "The tag <a href=...> begins a link, and <p class> a paragraph.\n",
        "a vector<int x=3> and if (a <b and c=d> e)\n",
        "It was late.The end.\n",
        "See threading.Thread and os.Path or e.g.The, www.The-end.org.The, index.The\n",
    ],
    "RES004": [
        "${HOME} and {name} and {{1, 2}, {3}} and 100 %} of {% }\n",
        "Designers write lorem ipsum dolor sit amet.\n",
        "Lorem ipsum is Latin without sense.\n",
        "As in:\n\n    {{ name }}\n",
    ],
    "RES006": [
        "\"I ain't goin',\" he said. \"Rock 'n' roll,' as they say.\"\n",
        "“The farmers’ market,” she said, “sells ‘fresh eggs,’ they claim.”\n",
        "The 5\" pipe and the 6' 2\" man: 'tis so.\n",
        '"The first paragraph of a long speech goes on.\n\n"And the second ends it."\n',
        "„Das ist gut“, sagte er. »Ja.« Und: „Wort“ sowie ‚Wort‘.\n",
        "Hon sa: ”Det är bra.” Och: »Ja.»\n",
        "Il dit : « Oui. » Elle répond : “Non.”\n",
        "„To jest dobre” – powiedział.\n",
        "他说：“你好。”「はい」『いいえ』\n",
        "Use `\"x,'` and ``\"y.'`` there.\n",
        "‘Ali and ‘Umar, the sultans' sons, and al-Ma'mun' too\n",
        "The ‘90s were the ‘cause of the players' joy and the dogs' days.\n",
        "f'(x) and f''(x) = \"prime.'\"\n",
    ],
    "RES010": [
        "-----BEGIN PGP MESSAGE-----\n\n" + (BLOB[:64] + "\n") * 6 + "-----END PGP MESSAGE-----\n",
        f"ssh-rsa {BLOB}\n",
        f"![dot](data:image/png;base64,{BLOB})\n",
        f"https://example.org/{BLOB}\n",
        sha256(b"").hexdigest() * 6 + "\n",
        "ACGT" * 100 + "\n",
        "Donaudampfschiff" * 20 + "\n",
        (BLOB[:64] + "\n") * 3,
        f"Run:\n\n    {BLOB}\n",
    ],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in SILENT.items() for text in texts])
def test_what_is_close_to_a_mark_is_none(code: str, text: str) -> None:
    assert found(code, text) == []


SPOKEN = [
    ("RES002", conflict(), [(2, 1)]),
    ("RES002", conflict().replace("one\n", "one\n||||||| base\nolder\n"), [(2, 1)]),
    ("RES002", "<<<<<<< HEAD\nnever ended\n" + conflict(), [(4, 1)]),
    ("RES003", "Eat &amp;amp; drink &amp;lt; &amp;#8217; &amp;nbsp;\n", [(1, 5)]),
    ("RES003", '<div style="x">\nWords.\n</div>\n', [(1, 1)]),
    ("RES003", 'One <img src="a.png" alt="A"> two.\n', [(1, 5)]),
    ("RES003", "Der Hund schlief.Die Katze auch.Es war Nacht, und niemand kam.Aber dann doch.\n", [(1, 10)]),
    ("RES004", "Dear {{customer_name}},\n", [(1, 6)]),
    ("RES004", "Lorem Ipsum dolor sit amet\n", [(1, 1)]),
    ("RES006", "He left. \"We sail\nat dawn,' he said.\n", [(1, 10)]),
    ("RES006", "“We sail at dawn,' he said.\n", [(1, 1)]),
    ("RES006", 'See “the harbour" and “the sea”.\n', [(1, 5)]),
    ("RES006", '‘We sail at dawn," he said.\n', [(1, 1)]),
    ("RES006", "« Oui. » «\n\nNon.\n", [(1, 10)]),
    ("RES006", '他点击“进入"，然后。\n', []),
    ("RES010", f"Logo {BLOB}\n", [(1, 6)]),
    ("RES010", "Logo\n" + (BLOB[:70] + "\n") * 4 + "Text.\n", [(2, 1)]),
]


@pytest.mark.parametrize(("code", "text", "places"), SPOKEN)
def test_a_mark_is_found_at_its_place(code: str, text: str, places: list[tuple[int, int]]) -> None:
    assert found(code, text) == places


SENTENCES = "The boats came home in the evening, and the whole village stood on the pier to count them.\n\n" * 4


@pytest.mark.parametrize(
    ("end", "speaks"),
    [
        ("All but one of them, which had been seen last in the morning off the", True),
        ("Alle bis auf eins, das am Morgen zuletzt vor der Insel gesehen worden war und", True),
        ("Tous sauf un, que l'on avait vu pour la dernière fois au matin au large de la", True),
        ("All but one of them, which had been seen last in the morning off the north-", True),
        ("All but one of them, which had been seen last in the morning,", True),
        ("All but one of them, which had been seen last in the morning off the cape.", False),
        ("Yours sincerely,", False),
        ("All but one of them came home that evening, and nobody slept.\nYours sincerely,", False),
        ("Alle bis auf eins, das am Morgen zuletzt vor der Insel gesehen worden war, kamen an", False),
        ("With kind regards and many thanks for all the patience that you have shown,\nThe harbour master", False),
        ("- All but one of them, which had been seen last in the morning off the", False),
        ("    All but one of them, which had been seen last in the morning off the", False),
        ("# The", False),
    ],
)
def test_a_text_may_end_but_not_break_off(end: str, speaks: bool) -> None:
    assert bool(found("RES007", SENTENCES + end + "\n")) is speaks


def test_verses_and_lists_end_as_they_like() -> None:
    assert found("RES007", "The boats came home,\nthe village stood,\nand counted them,\n" * 9) == []
    assert found("RES007", "- the boats,\n- the pier and\n- the\n") == []


LONG = "The boats came home in the evening, and the whole village stood on the pier to count them; one was missing{}\n"
LONG = LONG.replace("; one", ", as it had every evening since the great storm; one")


@pytest.mark.parametrize(
    ("name", "gap", "speaks"),
    [("doc.txt", "", True), ("doc.txt", "\n", True), ("page.md", "", False), ("page.md", "\n", True)],
)
def test_a_split_sentence_is_found_where_a_line_end_means_something(name: str, gap: str, speaks: bool) -> None:
    split = LONG.format("") + gap + "that had been seen last in the morning off the cape, they said.\n"
    assert bool(found("RES007", LONG.format(".") * 4 + split, name)) is speaks
    assert found("RES007", LONG.format(".") * 4 + (split + "\n") * 4, name) == []  # it is the style
    assert found("RES007", LONG.format("") * 4 + split, name) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("```\na\n```\n\n~~~\nb\n", 5),
        ("```\na\n``` b\n", 1),
        ("````\n```\na\n```\n", 1),
        ("~~~\n```\na\n~~~\n", 0),
        ("---\ntitle: ```\n---\nText.\n", 0),
        ("```inline``` and more\n", 0),
        ("1. One:\n\n       ```\n       a\n", 0),
    ],
)
def test_a_fence_is_closed_by_its_like(text: str, line: int) -> None:
    assert [at for at, _ in found("RES007", text, "page.md")] == ([line] if line else [])
    assert found("RES007", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "<<<<<<< \n=======\n>>>>>>> \n",
        "“",
        '"',
        "'",
        ' “\n "\n «\n',
        "`" * 7 + "\n" + "```",
        ",",
        "-",
        "a\r\n“\r\n",
        "{{}}{%%}",
        "&amp;" * 50,
        "\ufeff<a href=x>",
        ")](\u3000「",
    ],
)
@pytest.mark.parametrize("name", ["doc.txt", "page.md", "README", "tool.py"])
def test_nothing_raises(text: str, name: str) -> None:
    for code in MARKS:
        found(code, text, name)


@pytest.mark.parametrize(
    "unit",
    [
        "`a",
        "``a` ",
        "<a x=",
        "{{ a|",
        "{% a ",
        "\"a '",
        "“a ",
        "‘a b ",
        "() ",
        "Aa0+" * 39 + " ",
        "a.The ",
        "<b>é",
        '“a b" ',
        "é( ",
        BLOB + "é",
        BLOB + " ",
        "&amp;amp;",
        "<a b=c></a>",
        "{{ a }}",
        "&amp;",
        "a, ",
    ],
)
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    def took(size: int) -> float:
        text = unit * (size // len(unit))
        return seconds(lambda: [found(code, text) for code in MARKS])

    took(1_000)
    assert took(120_000) < 12 * took(30_000) + 0.5


def test_code_is_blotted_out_whatever_its_marks() -> None:
    assert prose.without_code("a `b` c ``d ` e`` f `g") == "a `\ufffc` c ``\ufffc\ufffc\ufffc\ufffc\ufffc`` f `g"
    assert prose.without_code("no code") == "no code"


def test_indented_lines_behind_two_colons_are_code() -> None:
    lines = list(
        prose.lines(b"Run::\n\n  one\n\n  two\nText.\n\n.. note::\n\n  three\n\n.. code-block:: c\n\n  four\n")
    )
    assert [line.text.strip() for line in lines if line.masked] == ["one", "two", "four"]


def test_paragraphs_end_at_blanks_code_items_and_long_lines() -> None:
    text = "a\nb\n\nc\n    code\nd\n- e\nf\n" + "g " * 70 + "\nh\n"
    found = [[line.text.strip() for line in paragraph] for paragraph in prose.paragraphs(text.encode())]
    assert found == [["a", "b"], ["c"], ["d"], ["- e", "f"], [("g " * 70).strip()], ["h"]]


def test_default_rules_are_silent_about_data_and_programs() -> None:
    text = '"one,\' “ two " {{ name }} &amp;amp; ' + BLOB + "\n"
    for name in ("a.py", "a.json", "a.html", "a.csv"):
        assert [code for code in DEFAULT if found(code, text, name)] == []


def test_a_conflict_is_found_in_a_program_where_nothing_is_an_example() -> None:
    data = ("def f():\n```\n" + conflict()).encode()
    document = Document("tool.py", data, Place("tool.py"), 0, Record("tool.py", "tool.py", len(data), ""))
    assert [hit.span and hit.span.start for hit in RULES["RES002"].check(document)] == [data.index(b"<<<<<<<")]
