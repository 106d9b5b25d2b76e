"""Lines that should not be there: page chrome, words of a language model, doubled lines, repeated passages."""

from __future__ import annotations

from textwrap import fill

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator import engine, phrases, trees
from validator.model import Finding, Options

LANGUAGES = {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "zh", "ja"}
CASES = (str, str.upper, str.title, str.capitalize)
LONG = "The pilot went out before dawn and " + "nobody saw the boat again that week, " * 6 + "they say."


def findings(text: str, code: str, name: str = "doc.txt") -> list[Finding]:
    found = engine.check([trees.Memory({name: text.encode()})], Options(select=(code,))).findings
    return [finding for finding in found if finding.code == code]


def lines(text: str, code: str) -> list[int | None]:
    return [finding.line for finding in findings(text, code)]


def mended(text: str, finding: Finding) -> str:
    data = text.encode()
    assert finding.fix is not None
    for edit in reversed(finding.fix.edits):
        data = data[: edit.span.start] + edit.replacement + data[edit.span.end :]
    return data.decode()


# Phrases


def begins(text: str) -> bool:
    head = text.encode("utf-8", "surrogateescape")
    return not phrases.beginnings().isdisjoint((head[: phrases.FIRST], head[: phrases.FIRST_WIDE]))


def test_every_phrase_begins_as_the_beginnings_say() -> None:
    for phrase in phrases.every():
        assert len(phrase.encode()) >= phrases.FIRST
        assert phrases.plain(phrase) == phrase.casefold().strip()
        for line in (case(phrase) for case in CASES):
            for shape in (line, line.replace("'", "’")):
                assert begins(shape), shape
                assert phrases.opening(f" • {shape}") == shape


WAYS = {" ": ("\u00a0", "  "), "!": ("！", " !"), ",": ("，",), ":": ("：", " :"), "?": ("？", " ?"), "'": ("’", "‘")}


def test_a_phrase_begins_however_it_is_written() -> None:
    for phrase in phrases.every():
        for at, mark in enumerate(phrase):
            if len(phrase[:at].encode()) >= phrases.FIRST:
                for way in (*WAYS.get(mark, ()), mark.upper()):
                    written = phrase[:at] + way + phrase[at + 1 :]
                    is_mixed = phrase[:at].isalnum() and mark.isalnum()  # nobody has capitals within a first word
                    assert is_mixed or phrases.opening(written) == written


@pytest.mark.parametrize(
    "line",
    [
        "当然！以下是一篇文章。",
        "好的，以下是您要求的文章。",
        "Как ИИ, я не могу этого сказать.",
        "Natürlich ! Hier ist der Text.",
    ],
)
def test_words_of_a_language_model_are_found_however_they_are_written(line: str) -> None:
    assert lines(f"{line}\n\nThe text itself.\n", "RES005") == [1]


@given(st.text(max_size=20))
def test_only_lines_with_a_known_beginning_have_an_opening(text: str) -> None:
    opening = phrases.opening(text)
    assert not opening or begins(opening)


def test_no_phrase_is_strong_and_weak_and_all_languages_have_both() -> None:
    strong, weak = phrases.folded(phrases.STRONG_CHROME), phrases.folded(phrases.WEAK_CHROME)
    assert strong.isdisjoint(weak)
    for kind in (phrases.STRONG_CHROME, phrases.WEAK_CHROME, phrases.CHAT_OPENINGS, phrases.CHAT_CLOSINGS):
        assert set(kind) == LANGUAGES


# Page chrome


@settings(deadline=None, max_examples=60)
@given(
    language=st.sampled_from(sorted(LANGUAGES)),
    case=st.sampled_from(CASES),
    ends=st.sampled_from(["", ".", " …", "...", " »", ":"]),
    bullet=st.sampled_from(["", "• ", "  ", "**"]),
    data=st.data(),
)
def test_two_strong_lines_are_chrome_and_one_is_not(
    language: str, case: type[str], ends: str, bullet: str, data: st.DataObject
) -> None:
    strong = st.sampled_from(phrases.STRONG_CHROME[language])
    chrome = data.draw(st.lists(strong, min_size=2, max_size=2, unique_by=str.casefold))
    one, two = (f"{bullet}{case(phrase)}{ends}" for phrase in chrome)
    assert lines(f"The herons are back.\n\n{one}\n\nThey nest.\n\n{two}\n", "RES001") == [3]
    assert lines(f"The herons are back.\n\n{one}\n\nThey nest.\n\n{one}\n", "RES001") == []


@pytest.mark.parametrize(
    "text",
    [
        "- Share on Facebook\n- Share on Twitter\n- Leave a comment\n",
        "    Share on Facebook\n    Leave a comment\n",
        "## Related articles\n\n## Leave a comment\n",
        "Related articles are listed below.\nLeave a comment if you like.\n",
        "Read more\nPrivacy policy\nContact us\nAbout us\nFollow us\n",
        "register\nsubscribe\ncareers\nobituaries\nadvertise\nclassifieds\nsections\nnewsletter\n",
        "version2.0.2024 and build 12-03-2024\n",
        "Printed in the Gazette of 15-03-2025\n",
        "backup2024-03-15\n",
        "http://example.org/may12 May 2024\n",
        "We met MacMay 12, 2024 times over, 3 in all\n",
    ],
)
def test_what_only_looks_like_chrome(text: str) -> None:
    assert lines(text, "RES001") == []


def test_weak_lines_are_chrome_if_there_are_many_of_them() -> None:
    weak = "Read more\nPrivacy policy\nContact us\nAbout us\nFollow us\nSign in\n"
    assert lines(f"The herons are back.\n\n{weak}", "RES001") == [3]
    assert lines(f"Read more\n\nAdvertisement\n\nNo comments yet\n\nRegister\n{LONG}\n", "RES001") == [5]


def test_links_are_chrome_by_what_they_say() -> None:
    text = "* [Skip to content](#top)\n\nThe herons are back.\n\n[Leave a reply](/reply?to=1)\n"
    assert lines(text, "RES001") == [1]


@pytest.mark.parametrize(
    "date", ["Moorland15-03-2025", "Moorland3.7.1998", "MoorlandNovember 12, 2024", "Moorland12 November 2024"]
)
def test_a_date_behind_a_word_is_glued(date: str) -> None:
    (found,) = findings(f"The herons are back\n\nby Ada {date}\n", "RES001")
    assert found.line == 3
    assert date in found.message


@pytest.mark.parametrize(("times", "gap"), [(2, LONG), (3, "A short line."), (3, "")])
def test_a_frame_needs_three_stories_of_long_lines(times: int, gap: str) -> None:
    frame = "The Weir Gazette\n\n12 May 2024\n\n"
    text = "".join(f"{frame}{gap}\n\nTitle {number}\n\n" for number in range(times))
    assert lines(text, "RES001") == []
    text = "".join(f"{frame}{LONG}\n\nTitle {number}\n\n" for number in range(3))
    assert lines(text, "RES001") == [1]


# Words of a language model


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_answers_of_a_model_are_heard_in_every_language(language: str) -> None:
    for phrase in phrases.CHAT_OPENINGS[language]:
        assert lines(f"\n# Herons\n\n{phrase.capitalize()} x\n\nThey are back.\n", "RES005") == [4], phrase
    for phrase in phrases.CHAT_HANDOVERS[language]:
        assert lines(f"**{phrase.capitalize()}:**\n\nThey are back.\n", "RES005") == [1], phrase
        assert lines(f"{phrase.capitalize()} of the herons.\n\nThey are back.\n", "RES005") == [], phrase
    for phrase in phrases.CHAT_CLOSINGS[language]:
        assert lines(f"They are back.\n\n{phrase.capitalize()} x\n\n---\n", "RES005") == [3], phrase
        assert lines(f"{phrase.capitalize()} x\n\nThey are back.\n\nIndeed.\n", "RES005") == [], phrase
    for phrase in phrases.CHAT_SELF[language]:
        assert lines(f"They are back.\n\n{phrase.capitalize()} x\n\nIndeed.\n", "RES005") == [3], phrase


@pytest.mark.parametrize("before", ['"', "“", "„", "«", "'", "> ", "- ", "– ", "    ", "`", "So: "])
def test_quoted_models_are_not_heard(before: str) -> None:
    assert lines(f"It said:\n\n{before}As an AI language model, I cannot row.\n\nIndeed.\n", "RES005") == []


@pytest.mark.parametrize(
    "text",
    [
        "He read aloud what stood there, “I know,\n\nAs an AI language model, I cannot row,” and smiled.\n",
        "The paper speaks of what was once known\nas an AI language model, I believe, in the north.\n",
        "Certain herons nest here.\n\nI hope this helps!\n",
        "They are back.\n\nLet me know if you would like me to come.\n\nYours,\nAda Moorland\n",
    ],
)
def test_people_speak_in_the_same_words(text: str) -> None:
    assert lines(text, "RES005") == []


# Doubled lines


@settings(deadline=None)
@given(
    count=st.integers(2, 5),
    ending=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    around=st.sampled_from(["", "The harbour was closed.", LONG]),
)
def test_the_fix_leaves_one_of_the_copies(count: int, ending: str, final: bool, around: str) -> None:
    line = "The wall was built when most of the houses on the quay were sheds."
    before = [around, ""] if around else []
    text = ending.join([*before, *[line] * count]) + (ending if final else "")
    (found,) = findings(text, "RES009")
    assert found.line == len(before) + 2
    assert f"{count} times" in found.message
    assert found.fix is not None
    assert not found.fix.safe
    assert mended(text, found) == ending.join([*before, line]) + (ending if final else "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Harbour wall to be raised\nHarbour wall to be raised\n\n{LONG}\n", [2]),
        (f"{LONG}\nHarbour wall to be raised\nHarbour wall to be raised\n{LONG}\n", [3]),
        ("Harbour wall to be raised\nHarbour wall to be raised\n\nA short line.\n", []),
        (f"Harbour wall to be raised\n\nHarbour wall to be raised\n\n{LONG}\n", []),
        (f"Harbour wall raised\nHarbour wall raised\n\n{LONG}\n", []),
        (f"Oh, the wall, the harbour wall\nOh, the wall, the harbour wall\nit fell\n\n{LONG}\n", []),
        ("* * * * * * * * * * * * * * * *\n* * * * * * * * * * * * * * * *\n", []),
        ("x = turn(valve, left); wait(); x = turn(valve, right); wait(); done\n" * 2, []),
        ("2024-05-12 09:10:11 12.4 33.1 44.0 pump 12.4 33.1 44.0 pump 12 33 44\n" * 2, []),
        ("name   time   place   of   the   next   meeting   of   the   council\n" * 2, []),
        ("```\n" + "turn the valve to the left and wait until the water has gone down\n" * 2 + "```\n", []),
        ("> turn the valve to the left and wait until the water has gone down\n" * 2, []),
        ("ตลาดน้ำเปิดตั้งแต่เช้าตรู่และปิดเมื่อพระอาทิตย์ตกดินทุกวันตลอดทั้งปีไม่เว้น\n" * 2, [2]),
        ("堤防は春までに一メートル高くなると町議会が火曜日に決めた、と新聞は伝えている。\n" * 2, [2]),
    ],
)
def test_which_doubled_lines_count(text: str, expected: list[int]) -> None:
    assert lines(text, "RES009") == expected


# Repeated passages, merged documents, unfinished texts


@given(st.integers(0, 5), st.integers(20, 150))
def test_a_passage_is_the_same_however_it_is_broken(blank: int, width: int) -> None:
    again = fill(LONG, width)
    text = f"{LONG}\n" + "\n" * (blank + 1) + f"Then the tide turned.\n\n{again}\n"
    (found,) = findings(text, "DUP003")
    assert found.line == blank + 5
    assert "on line 1 " in found.message


def test_each_later_copy_of_a_passage_is_found() -> None:
    assert lines(f"{LONG}\n{LONG}\n\nno\n\n{LONG}\n", "DUP003") == [2, 6]
    assert lines(f"{LONG[:150]}\n\n{LONG[:150]}\n", "DUP003") == []


def test_merged_documents_are_told_once_by_titles_or_frames() -> None:
    story = f"Harbour wall to be raised\nHarbour wall to be raised\n\n{LONG}\n\n"
    assert lines(story, "RES008") == []
    assert lines(f"{LONG}\n\n{story * 2}", "RES008") == [3]
    frame = f"The Weir Gazette\n\n12 May 2024\n\n{LONG}\n\n"
    assert lines(frame, "RES008") == []
    assert lines(frame * 3, "RES008") == [7]
    assert lines(frame.replace("The", "# The").replace("12", "- 12") * 3, "RES008") == []


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("TODO", [1]),
        ("The fee is TBD, ask [your name here].", [12, 21]),
        ("(Citation needed)", [1]),
        ("Mastodon, todo, TODO.md, `TODO`, [insert](x.md), XXXL, <https://example.org/your>", []),
    ],
)
def test_what_is_still_to_be_written(text: str, columns: list[int]) -> None:
    assert [found.column for found in findings(f"{text}\n", "RES012")] == columns


@pytest.mark.parametrize("code", ["RES001", "RES005", "RES008", "RES009", "RES012", "DUP003"])
def test_long_lines_are_no_trouble(code: str) -> None:
    for text in ("[insert " * 200_000, "Skip to main content " * 50_000 + "\n" + "(" * 500_000, "\n" * 200_000):
        assert findings(text, code) == []
