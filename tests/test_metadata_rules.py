"""Front matter and languages: what is wrong is found once, and what is meant is left alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.command import ROOT
from validator import container, engine, frontmatter, languages, trees
from validator.model import Options

INDEX = b"- `a.md`\n"
TEXTS = {
    "en": (
        "The ferry leaves at seven, long before the bakery opens, and so the people on the pier drink their tea from "
        "flasks. Nobody speaks much. Once the island is in sight the captain sounds the horn twice, because his "
        "daughter likes to hear it from her window, and the gulls rise from the roof of the old school."
    ),
    "de": (
        "Die Fähre legt um sieben ab, lange bevor die Bäckerei öffnet, und deshalb trinken die Leute am Steg ihren Tee "
        "aus der Kanne. Niemand redet viel. Sobald die Insel zu sehen ist, lässt der Kapitän das Horn zweimal ertönen, "
        "weil seine Tochter es am Fenster gern hört, und die Möwen fliegen vom Dach der alten Schule auf."
    ),
    "fr": (
        "Le bac part à sept heures, bien avant que la boulangerie ouvre, et les gens sur la jetée boivent leur thé "
        "au thermos. Personne ne parle beaucoup. Dès que l’île est en vue, le capitaine fait sonner la corne, "
        "parce que sa fille aime l’entendre de sa fenêtre, et les mouettes s’envolent du toit de la vieille école."
    ),
    "ru": (
        "Паром уходит в семь, задолго до того, как откроется пекарня, поэтому люди на причале пьют чай из термосов. "
        "Никто почти не разговаривает. Как только показывается остров, капитан дважды даёт гудок, потому что его "
        "дочь любит слушать его у окна, и чайки поднимаются с крыши старой школы."
    ),
    "uk": (
        "Пором відходить о сьомій, задовго до того, як відчиниться пекарня, тому люди на причалі п’ють чай із чашок. "
        "Ніхто майже не розмовляє. Щойно з’являється острів, капітан двічі дає гудок, бо його донька любить слухати "
        "його біля вікна, і чайки здіймаються з даху старої школи."
    ),
}


def said(tree: dict[str, Any], *codes: str) -> list[str]:
    """Code and place of what the rules on metadata find."""
    findings = engine.check([trees.Memory(tree)], Options(select=codes or ("MET",))).findings
    return [f"{one.code} {one.path}:{one.line}:{one.column}" for one in findings]


def headed(*lines: str, body: str = "Words.\n") -> bytes:
    return ("\n".join(["---", *lines, "---", body]) + "\n").encode()


def of_document(*lines: str, name: str = "a.md") -> list[str]:
    """What is found in a document without a schema, without its name."""
    tree = {"INDEX.md": f"- `{name}`\n".encode(), name: headed(*lines)}
    return [line.replace(f"{name}:", "") for line in said(tree)]


class TestFrontMatterWithoutSchema:
    """Front matter of documents to which nothing is promised."""

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (["title: Logs: 1887"], ["MET001 2:12"]),
            (["title: 'Logs"], ["MET001 3:1"]),
            (["tags: [a, b", "date: 2024"], ["MET001 3:5"]),
            (["title: A", "  date: 2024"], ["MET001 3:7"]),
            (["title: A", "\tdate: 2024"], ["MET001 3:1"]),
            (["title: @home"], ["MET001 2:8"]),
            (["title: A", "tags:", "- x", "title: B"], ["MET002 5:1"]),
        ],
    )
    def test_what_is_wrong_is_found(self, lines: list[str], expected: list[str]) -> None:
        assert of_document(*lines) == expected

    @pytest.mark.parametrize(
        "lines",
        [
            ["title: &t A", "again: *t"],
            ["<<: {a: 1}"],
            ["title: !lower A"],
            ["title: {{ page.title }}"],
            ["title: <%= title %>", "title: B"],
            ["{% if a %}", "title: A", "{% else %}", "title: B", "{% endif %}"],
            ["title:\tA"],
            ["? [a]", ": b"],
            ["The first words: and then: more."],
            ["Note: this: and that.", "It goes on here,", "and here."],
            ["- a", "- b: c: d"],
            ["", "A heading", "", "title: a: b"],
            ["https://example.org/: a: b"],
            ["a: " + "[" * 100],
            [],
        ],
    )
    def test_what_others_read_and_what_is_no_front_matter_is_left_alone(self, lines: list[str]) -> None:
        assert of_document(*lines) == []

    def test_only_markdown_is_judged(self) -> None:
        assert of_document("title: a: b", name="a.txt") == []
        assert of_document("title: a: b", name="a.markdown") == ["MET001 2:9"]

    @pytest.mark.parametrize("ending", ["", "...\n", "----\n"])
    def test_without_the_second_line_of_dashes_it_is_text(self, ending: str) -> None:
        assert said({"INDEX.md": INDEX, "a.md": f"---\ntitle: a: b\n{ending}".encode()}) == []

    def test_it_is_judged_in_a_container_and_without_an_index(self) -> None:
        packed = b"".join(container.pack([(b"0", b"a.md", headed("title: a: b"))]))
        assert said({"all.bundle": packed}) == ["MET001 all.bundle:3:9"]
        assert said({"a.md": headed("title: A", "title: B")}) == ["MET002 a.md:3:1"]

    def test_with_a_schema_all_is_judged(self) -> None:
        tree = {"INDEX.md": headed("metadata: s.json", body="- `a.txt`\n- `s.json`"), "s.json": b"{}\n"}
        assert said({**tree, "a.txt": headed("title: &t A")}) == ["MET001 a.txt:2:8"]
        assert said({**tree, "a.txt": headed("title: " + "x" * frontmatter.SIZE_LIMIT)}) == ["MET001 a.txt:1:1"]

    @pytest.mark.parametrize("closing", ["", "---\n"])
    def test_front_matter_that_is_large_or_without_end_takes_no_time(self, closing: str) -> None:
        for unit in ("key: [\n", "key: 2024-\n", "a" * 1000):
            data = b"---\nlanguage: en_US\n" + unit.encode() * ((2 << 20) // len(unit)) + b"\n" + closing.encode()
            start = time.process_time()
            found = said({"INDEX.md": INDEX, "a.md": data}, "MET001", "MET002", "MET004", "MET006")
            assert found == []
            assert time.process_time() - start < 5


class TestLanguageTags:
    """MET004: tags by the grammar of RFC 5646, most of them from its appendix A."""

    WELL_FORMED = (
        *("de", "fr", "ja", "i-enochian", "zh-Hant", "zh-Hans", "sr-Cyrl", "zh-cmn-Hans-CN", "cmn-Hans-CN"),
        *("zh-yue-HK", "sr-Latn-RS", "sl-rozaj", "sl-rozaj-biske", "de-CH-1901", "sl-IT-nedis", "hy-Latn-IT-arevela"),
        *(
            "de-DE",
            "en-US",
            "es-419",
            "de-CH-x-phonebk",
            "az-Arab-x-AZE-derbend",
            "x-whatever",
            "qaa-Qaaa-QM-x-southern",
        ),
        *(
            "en-US-u-islamcal",
            "zh-CN-a-myext-x-private",
            "en-a-myext-b-another",
            "zh-min-nan",
            "sgn-BE-FR",
            "EN-gb-OED",
        ),
    )
    MALFORMED = (
        *("en_US", "en-US.UTF-8", "pt_BR@euro", "de-", "-de", "e", "de--DE", "de-419-DE", "a-DE", "English, French"),
        *("British English", "de/fr", "en-x", "x-", "en-a", "en-abcdefghi", "français", "ｅｎ", "n/a", "de-DE-DE"),
        *("zh-Hant_TW", "en;q=0.8", "Portuguese", "i-harbour"),
    )

    @pytest.mark.parametrize("tag", WELL_FORMED)
    def test_tags_are_tags(self, tag: str) -> None:
        assert said({"INDEX.md": headed(f"language: {tag}", body=f"| name | lang |\n|--|--|\n| a.md | {tag} |\n"),
                     "a.md": b"x\n"}) == []  # fmt: skip

    @pytest.mark.parametrize("tag", MALFORMED)
    def test_others_are_none(self, tag: str) -> None:
        body = f"| name | lang |\n|--|--|\n| a.md | {tag} |\n"
        tree = {"INDEX.md": headed(f"language: '{tag}'", body=body), "a.md": b"x\n"}
        assert said(tree) == ["MET004 INDEX.md:2:1", "MET004 INDEX.md:6:10"]

    @pytest.mark.parametrize("locale", ["en_US", "zh_cn", "pt_BR", "sr_Latn_RS"])
    def test_a_document_may_name_a_locale(self, locale: str) -> None:
        assert of_document(f"lang: {locale}") == []
        assert of_document(f"lang: {locale}.UTF-8") == ["MET004 2:1"]

    @pytest.mark.parametrize("cell", ["", "-", "–"])
    def test_an_empty_cell_says_nothing(self, cell: str) -> None:
        tree = {"INDEX.md": f"| name | language |\n|--|--|\n| a.md | {cell} |\n".encode(), "a.md": b"x\n"}
        assert said(tree) == []

    @pytest.mark.parametrize(
        "language",
        ["C++", "C#", "c", "R", "javascript", "typescript", "objective-c", "Visual Basic", "F#", "7", "~", "no", "''"],
    )
    def test_a_document_may_speak_of_a_language_of_programs(self, language: str) -> None:
        assert of_document(f"language: {language}", f"lang: {language}") == []

    def test_each_item_of_a_list_is_judged_at_its_place(self) -> None:
        assert of_document("title: A", "lang: [en, en--GB, de, 'pt-']") == ["MET004 3:12", "MET004 3:24"]

    def test_every_row_has_its_own_finding_whatever_the_document(self) -> None:
        index = b"| name | language |\n|--|--|\n| a.md | en_US |\n| b.txt | en_US |\n"
        packed = b"".join(container.pack([(b"0", b"b.txt", b"y\n")]))
        tree = {"INDEX.md": index, "a.md": b"x\n", "b.txt": b"y\n", "all.bundle": packed}
        assert said(tree, "MET004") == ["MET004 INDEX.md:3:10", "MET004 INDEX.md:4:11"]

    @settings(deadline=None)
    @given(st.text("aZ1-x", max_size=30))
    def test_a_well_formed_tag_is_subtags_of_letters_and_digits(self, text: str) -> None:
        tree = {"INDEX.md": headed(f"language: '{text}'", body="- `a.md`\n"), "a.md": b"x\n"}
        if not said(tree, "MET004") and text:
            assert all(1 <= len(part) <= 8 and part.isalnum() for part in text.split("-"))


class TestDates:
    """MET006: what is plainly meant as a date has to be one."""

    @pytest.mark.parametrize(
        "date",
        [
            *("1887", "2024-05", "2024-05-31", "2024-02-29", "'2024-05-31'", "2024-05-31T10:15", "20240531"),
            *("2024-05-31 10:15:30 +0200", "2024-05-31t10:15:30.123456+02:00", "2024-5-1 9:15:00", "2024-05-31T24:00"),
            *("2016-12-31T23:59:60Z", "2024-W22-5", "2024-152", "2024-05-31/2024-06-02", "1914-18", "2012-13"),
            *("", "~", "unknown", "n/a", "1887 (about)", "31 May 1887", "Fri, 31 May 2024 10:00:00 +0200"),
            *("[2024-13-45]", "{year: 2024}", "2024.05", "v1.2.3", "1.2", "today", "2024-05-31, 2024-06-02", "12:30"),
            *("-500-01-01", "٢٠٢٤-١٣-٠١"),
        ],
    )  # fmt: skip
    def test_dates_and_words_are_left_alone(self, date: str) -> None:
        assert of_document(f"date: {date}", f"updated_date: {date}") == []

    @pytest.mark.parametrize(
        "date",
        [
            *("2024-13-45", "2024-02-30", "2023-02-29", "1900-02-29", "2024-00-10", "2024-13", "2024-04-31T10:00"),
            *("31.05.2024", "05/31/2024", "31-05-2024", "31.5.24", "2024/05/31", "2024.05.31", "2024-5-1"),
            *("2024-05-31T25:00", "2024-05-31 10:61:00", "2024-05-31T24:01", "2024-05-31T10:00:00+25:00"),
            *("0000-00-00", "31.05.2024 10:00"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("key", ["date", "Published", "updated", "due_date", "release-date"])
    def test_no_date_is_found(self, key: str, date: str) -> None:
        assert of_document("title: A", f"{key}: {date}") == ["MET006 3:1"]

    def test_other_keys_say_what_they_like(self) -> None:
        assert (
            of_document("title: 31.05.2024", "version: 2024.13.45", "update: 2024-13-45", "a: {date: 2024-13-45}") == []
        )

    def test_what_a_schema_objects_to_is_said_once(self) -> None:
        schema = {"properties": {"date": {"format": "date"}, "lang": {"pattern": "^[a-z]+$"}}}
        index = headed("metadata: s.json", body="- `a.md`\n- `s.json`")
        tree = {"INDEX.md": index, "s.json": json.dumps(schema).encode() + b"\n"}
        tree["a.md"] = headed("date: 2024-13-45", "lang: en-", "created: 2024-13-45", "language: en-")
        assert sorted(said(tree)) == ["MET003 a.md:2:1", "MET003 a.md:3:1", "MET004 a.md:5:1", "MET006 a.md:4:1"]

    @settings(deadline=None)
    @given(st.dates(), st.sampled_from(["%Y-%m-%d", "%Y-%m"]))
    def test_every_day_is_a_date(self, date: Any, form: str) -> None:
        text = f"{date.year:04}-{date.month:02}" + (f"-{date.day:02}" if "d" in form else "")
        assert of_document(f"date: {text}") == []

    @settings(deadline=None)
    @given(st.text("0123456789-/.T: +Z", max_size=24))
    def test_no_value_makes_it_stumble(self, text: str) -> None:
        assert set(of_document(f"date: '{text}'")) <= {"MET006 2:1"}


class TestLanguages:
    """MET005: with the extra, languages of one script are told apart."""

    def found(self, language: str, text: str, name: str = "a.md") -> list[str]:
        index = f"| name | language |\n|--|--|\n| {name} | {language} |\n".encode()
        return said({"INDEX.md": index, name: text.encode() + b"\n"})

    @pytest.fixture(autouse=True)
    def _extra(self) -> None:
        pytest.importorskip("py3langid")

    @pytest.mark.parametrize("declared", TEXTS)
    @pytest.mark.parametrize("written", TEXTS)
    def test_a_translation_under_the_name_of_another_is_found(self, declared: str, written: str) -> None:
        expected = [] if declared == written else ["MET005 INDEX.md:3:10"]
        assert self.found(declared, TEXTS[written]) == expected
        assert self.found(f"{declared}-XX", TEXTS[written]) == expected

    @settings(deadline=None)
    @given(st.sampled_from([("en", "de", "fr"), ("ru", "uk")]), st.data())
    def test_common_words_spare_the_detector_and_change_nothing(self, some: tuple[str, ...], data: Any) -> None:
        sentences = [sentence for language in some for sentence in TEXTS[language].split(". ")]
        text = ". ".join(data.draw(st.lists(st.sampled_from(sentences), min_size=1, max_size=20)))
        found = languages.detected(text)
        for declared in some:
            assert languages.other(text, declared) == ("" if languages.are_alike(declared, found) else found)

    def test_what_a_document_says_of_itself_counts_too(self) -> None:
        tree = {"INDEX.md": INDEX, "a.md": headed("title: A", "lang: de", body=TEXTS["en"])}
        assert said(tree) == ["MET005 a.md:3:1"]
        assert said({**tree, "a.md": headed("lang: en-GB", body=TEXTS["en"])}) == []

    def test_the_same_language_said_twice_is_one_finding(self) -> None:
        index = b"| name | language |\n|--|--|\n| a.md | de |\n"
        assert said({"INDEX.md": index, "a.md": headed("lang: de_AT", body=TEXTS["en"])}) == ["MET005 INDEX.md:3:10"]

    @pytest.mark.parametrize("declared", ["eng", "xx", "und", "mul", "de-Latn", "English", "x-own", "pcm"])
    def test_what_the_detector_does_not_know_or_cannot_tell_is_believed(self, declared: str) -> None:
        assert self.found(declared, TEXTS["en"]) == []

    def test_short_texts_and_texts_in_two_languages_are_left_alone(self) -> None:
        assert self.found("de", TEXTS["en"][:150]) == []
        assert self.found("de", f"{TEXTS['en']} " * 30 + f"{TEXTS['de']} " * 30) == []
        assert self.found("de", f"{TEXTS['en']} " * 60) == ["MET005 INDEX.md:3:10"]

    def test_a_text_that_quotes_much_of_another_script_is_left_alone(self) -> None:
        assert self.found("ru", f"{TEXTS['ru'][:60]}\n\n{TEXTS['en']} {TEXTS['en']}") == []

    def test_code_and_other_files_do_not_count(self) -> None:
        assert self.found("de", f"```\n{TEXTS['en']}\n```\n{TEXTS['de']}") == []
        assert self.found("de", TEXTS["en"], "a.html") == []

    def test_words_in_tables_and_front_matter_show_the_script(self) -> None:
        row = "        <td><code>x = 5</code></td><td>переменная</td>\n"
        body = f"Contributed by the readers of the handbook, with many thanks to them.\n\n{row * 9}"
        assert said({"INDEX.md": INDEX, "a.md": headed("lang: ru", body=body)}) == []
        assert said({"INDEX.md": INDEX, "a.md": headed("lang: el", body=body)}) == ["MET005 a.md:2:1"]

    def test_a_language_of_programs_is_none_of_people(self) -> None:
        tree = {"INDEX.md": INDEX, "a.md": headed("lang: cs", body=f"{TEXTS['en']}\n\n```cs\nvar a = 1;\n```")}
        assert said(tree) == []
        assert said({**tree, "a.md": headed("lang: cs", body=TEXTS["en"])}) == ["MET005 a.md:2:1"]

    def test_without_the_package_scripts_are_told_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "py3langid.langid", None)
        languages._identifier.cache_clear()
        try:
            assert self.found("de", TEXTS["en"]) == []
            assert self.found("ru", TEXTS["en"]) == ["MET005 INDEX.md:3:10"]
        finally:
            monkeypatch.undo()
            languages._identifier.cache_clear()

    @settings(deadline=None)
    @given(st.text(max_size=400))
    def test_no_text_makes_it_stumble(self, text: str) -> None:
        assert languages.detected(text) in ("", *languages._identifier().nb_classes)


class TestChanges:
    """Where only some files are asked about, what an index says of a document is judged with either of the two."""

    TREE = {
        "INDEX.md": b"| name | language |\n|--|--|\n| a.txt | en_US |\n| b.md | ru |\n| c.txt | ru |\n",
        "a.txt": b"Some words.\n",
        "b.md": headed("lang: en-", body=TEXTS["en"]),
        "c.txt": TEXTS["ru"].encode() + b"\n",
    }
    ROWS = ["MET004 INDEX.md:3:11", "MET005 INDEX.md:4:10"]
    OWN = ["MET004 b.md:2:1"]

    @pytest.mark.parametrize(
        ("only", "expected"),
        [
            ({"INDEX.md"}, ROWS),
            ({"a.txt"}, ROWS[:1]),
            ({"b.md"}, [*ROWS[1:], *OWN]),
            ({"INDEX.md", "b.md"}, [*ROWS, *OWN]),
            ({"c.txt"}, []),
            (set(), []),
        ],
    )
    def test_rows_are_judged_where_the_document_or_the_index_has_changed(
        self, only: set[str], expected: list[str]
    ) -> None:
        options = Options(select=("MET004", "MET005", "TXT"), only=frozenset(only))
        findings = engine.check([trees.Memory({**self.TREE, "d.txt": b"no line end"})], options).findings
        assert [f"{one.code} {one.path}:{one.line}:{one.column}" for one in findings] == expected


def loaded(tree: dict[str, bytes]) -> set[str]:
    """Which packages a check of some files has imported, of those that take their time."""
    program = (
        "import sys\nfrom validator import engine, trees\nfrom validator.model import Options\n"
        f"report = engine.check([trees.Memory({tree!r})], Options(select=('ALL',)))\n"
        "assert not [one for one in report.findings if one.code == 'MET005']\n"
        "print(*{'py3langid', 'numpy'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60, capture_output=True)
    return set(done.stdout.decode().split())


def test_the_package_is_imported_only_where_a_language_is_given() -> None:
    assert loaded({"INDEX.md": INDEX, "a.md": headed("title: A", body="some words " * 50)}) == set()


def test_the_package_is_not_imported_where_words_or_letters_show_the_language() -> None:
    texts = {
        **{language: f"{text}\n\n{text}" for language, text in TEXTS.items()},
        "ja": "船は七時に出て、パン屋はまだ閉まっている。" * 20,
        "el": "Το πλοίο φεύγει στις επτά, πολύ πριν ανοίξει ο φούρνος. " * 6,
    }
    rows = "".join(f"| {language}.txt | {language} |\n" for language in texts)
    tree = {f"{language}.txt": text.encode() + b"\n" for language, text in texts.items()}
    assert loaded({**tree, "INDEX.md": f"| name | language |\n|--|--|\n{rows}".encode()}) == set()
