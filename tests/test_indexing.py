"""An index is brought up to date without a byte more than that takes, and then agrees with its documents."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import validator
from tests.strategies import ALPHABETS, Tree, clean_trees, texts
from tests.test_trees import any_bytes_in_names, on_posix
from validator import container, engine, identifiers, indexing, manifest, markdown, matching, tables, trees
from validator.model import Index, Options, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.indexing import Plan, Update

ROOT = Path(__file__).resolve().parent.parent
A, B, C = b"The first text.\n", b"The second text.\n", b"# The third text\n\nWords.\n"
HEAD = "| id | name | bytes | sha256 | title |\n|----|------|------:|--------|-------|\n"


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def row(id: str, name: str, data: bytes, title: str = "T") -> str:
    return f"| {id} | {name} | {len(data)} | {digest(data)} | {title} |\n"


def planned(tree: Tree, *, prune: bool = False, ids: Literal["pattern", "digest"] = "pattern") -> Plan:
    return indexing.plan(trees.Memory(dict(tree)), Options(), prune=prune, ids=ids)


def updated(tree: Tree, *, prune: bool = False, ids: Literal["pattern", "digest"] = "pattern") -> Update:
    """What becomes of the index at the top."""
    plan = planned(tree, prune=prune, ids=ids)
    assert plan.errors == ()
    return next(update for update in plan.updates if update.name == manifest.NAME)


def after(listing: str | bytes, prune: bool = False, **documents: bytes) -> str:
    """The new index of a folder; ``a_txt`` stands for ``a.txt``."""
    data = listing.encode() if isinstance(listing, str) else listing
    tree = {name.replace("_txt", ".txt").replace("_md", ".md"): body for name, body in documents.items()}
    return updated({manifest.NAME: data, **tree}, prune=prune).after.decode()


def applied(tree: Tree, plan: Plan) -> Tree:
    return {**tree, **{update.name: update.after for update in plan.rewrites}}


def found(tree: Tree, without: Sequence[str] = ("IDX017",)) -> list[str]:
    """What rules on indexes say of a folder."""
    report = engine.check([trees.Memory(dict(tree))], Options(select=("IDX",), ignore=tuple(without), max_findings=99))
    return [f"{finding.code} {finding.message}" for finding in report.findings if finding.code.startswith("IDX")]


class TestANewIndex:
    """There was none."""

    def test_lists_what_is_there_in_an_aligned_table(self) -> None:
        tree = {"b.txt": B, "a.md": C, "sub/潮見坂.txt": "潮見坂\n".encode()}
        update = updated(tree)
        assert update.before is None
        assert update.added == ("a.md", "b.txt", "sub/潮見坂.txt")
        assert update.after.decode() == (
            "# Index\n\n"
            f"| id  | name           | bytes | sha256{' ' * 58} | title            |\n"
            f"| --- | -------------- | ----: | {'-' * 64} | ---------------- |\n"
            f"| 000 | a.md           |    25 | {digest(C)} | The third text   |\n"
            f"| 001 | b.txt          |    17 | {digest(B)} | The second text. |\n"
            f"| 002 | sub/潮見坂.txt |    10 | {digest(tree['sub/潮見坂.txt'])} | 潮見坂           |\n"
        )

    def test_documents_keep_the_ids_that_they_have_in_a_container(self) -> None:
        packed = b"".join(container.pack([(b"x7", b"b.txt", B), (b"q", b"a.txt", A)]))
        tree = {"a.txt": A, "b.txt": B, "c.txt": C, "all.bundle": packed}
        update = updated(tree)
        ids = {entry.name: entry.id for entry in manifest.parse(update.after, Place("")).entries}
        assert ids == {"a.txt": "q", "b.txt": "x7", "all.bundle": "all", "c.txt": "c"}
        assert found(applied(tree, planned(tree)), without=()) == []

    def test_only_one_long_cell_sticks_out(self) -> None:
        tree = {"a.txt": A, "b" * 200 + ".txt": B}
        first, second = updated(tree).after.decode().split("\n")[-3:-1]
        assert first.startswith(f"| 000 | a.txt{' ' * 75} | ")
        assert second.startswith(f"| 001 | {'b' * 200}.txt | ")

    @given(clean_trees())
    def test_then_nothing_is_left_to_say(self, tree: Tree) -> None:
        del tree[manifest.NAME]
        plan = planned(tree)
        done = applied(tree, plan)
        assert found(done, without=()) == []
        assert planned(done).rewrites == ()

    def test_wide_indexes_of_folders_are_listed_as_they_are_going_to_be(self) -> None:
        tree = {"a.txt": A, "sub/INDEX.md": b"- [B](b.txt)\n", "sub/b.txt": B, "sub/deep/c.txt": C}
        plan = planned(tree)
        assert [update.name for update in plan.rewrites] == ["sub/INDEX.md", "INDEX.md"]
        assert plan.rewrites[0].after == b"- [B](b.txt)\n- [The third text.](deep/c.txt)\n".replace(b"text.", b"text")
        assert digest(plan.rewrites[0].after).encode() in plan.rewrites[1].after
        assert found(applied(tree, plan)) == []


class TestRows:
    """What changes in a table, and that nothing else does."""

    def test_a_changed_document_is_one_changed_line(self) -> None:
        listing = HEAD + row("7", "a.txt", b"old") + row("8", "b.txt", B)
        assert after(listing, a_txt=A, b_txt=B) == HEAD + row("7", "a.txt", A) + row("8", "b.txt", B)

    def test_what_is_aligned_stays_so(self) -> None:
        listing = (
            "| name  |  size | note |\n|-------|------:|------|\n| a.txt | 12345 | x    |\n| b.txt |    17 | y    |\n"
        )
        assert after(listing, a_txt=A, b_txt=B) == listing.replace("12345", "   16")

    def test_what_is_flush_right_by_hand_too(self) -> None:
        listing = "| name  |  size |\n|-------|-------|\n| a.txt |    16 |\n| b.txt | 12345 |\n"
        expected = listing.replace("12345", "   17") + "| c.txt |    25 |\n"
        assert after(listing, a_txt=A, b_txt=B, c_txt=C) == expected

    def test_what_is_tight_stays_so(self) -> None:
        listing = "|name|bytes|\n|-|-|\n|a.txt|1|\n"
        assert after(listing, a_txt=A, b_txt=B) == "|name|bytes|\n|-|-|\n|a.txt|16|\n|b.txt|17|\n"

    def test_a_longer_value_sticks_out_alone(self) -> None:
        listing = "| name | bytes |\n|------|-------|\n| a    | 1     |\n| b    | 1     |\n"
        new = {"a": b"x", "b": b"x", "a-long-name": b"x"}
        assert updated({manifest.NAME: listing.encode(), **new}).after.decode() == (
            "| name | bytes |\n|------|-------|\n| a    | 1     |\n| a-long-name | 1     |\n| b    | 1     |\n"
        )

    def test_values_keep_their_dress(self) -> None:
        listing = f"| name | sha256 |\n|--|--|\n| `a.txt` | `{digest(B)}` |\n| b.txt | SHA256:{digest(A).upper()} |\n"
        expected = f"| name | sha256 |\n|--|--|\n| `a.txt` | `{digest(A)}` |\n| b.txt | SHA256:{digest(B)} |\n"
        assert after(listing, a_txt=A, b_txt=B) == expected

    def test_true_values_are_not_touched_however_they_are_written(self) -> None:
        listing = f"| name | bytes | sha256 |\n|--|--|--|\n| [A](./a.txt) | 0016 | `{digest(A).upper()}` |\n"
        assert after(listing, a_txt=A) == listing

    @pytest.mark.parametrize("cell", ["", "-", "–", "unknown", "1,024", "2 KB"])
    def test_what_is_no_size_becomes_one(self, cell: str) -> None:
        listing = "| name | bytes |\n|--|--|\n| a.txt | {} |\n"
        assert after(listing.format(cell), a_txt=A) == listing.format("16")

    def test_titles_are_filled_in_only_where_there_is_none(self) -> None:
        listing = "| name | title |\n|--|--|\n| a.txt |  |\n| b.txt | - |\n| [C](c.md) |  |\n| d.md |  |\n"
        d = b"Draft of May\n\n```\n# not this\n```\n\n## *Clouds* | above \\ ##\n"
        assert after(listing, a_txt=A, b_txt=B, c_md=C, d_md=d) == listing.replace(
            "| a.txt |  |", "| a.txt | The first text. |"
        ).replace("| d.md |  |", r"| d.md | *Clouds* \| above \\ |")

    def test_a_row_with_too_few_cells_gets_the_others(self) -> None:
        listing = "| name | bytes | note |\n|--|--|--|\n| a.txt |\n| b.txt | 17\n"
        expected = "| name | bytes | note |\n|--|--|--|\n| a.txt | 16 |  |\n| b.txt | 17 |  |\n"
        assert after(listing, a_txt=A, b_txt=B) == expected

    def test_line_ends_byte_order_mark_front_matter_and_words_stay(self) -> None:
        top = "\ufeff---\r\ntitle: x\r\n---\r\n# Words | here\r\n\r\n"
        listing = f"{top}| name | bytes |\r\n|--|--|\r\n| b.txt | 3 |\r\n\r\nMore | words.\r\n\r\n- a list\r\n"
        expected = listing.replace("| b.txt | 3 |\r\n", "| a.txt | 16 |\r\n| b.txt | 17 |\r\n")
        assert after(listing, a_txt=A, b_txt=B) == expected

    @pytest.mark.parametrize("end", ["", "\n", "\r\n"])
    def test_the_end_of_the_file_stays(self, end: str) -> None:
        newline = "\r\n" if end == "\r\n" else "\n"
        listing = newline.join(["| name |", "|--|", "| a.txt |"])
        assert after(listing + end, a_txt=A, b_txt=B) == listing + newline + "| b.txt |" + end

    def test_other_columns_stay_and_are_left_empty_in_new_rows(self) -> None:
        listing = "| Language | File | Note |\n|--|--|--|\n| en | a.txt | x \\| y |\n"
        assert after(listing, a_txt=A, b_txt=B) == listing + "|  | b.txt |  |\n"

    def test_rows_of_later_tables_with_the_same_columns(self) -> None:
        listing = "| name |\n|--|\n| b.txt |\n\n## More\n\n| name |\n|--|\n| a.txt |\n\nEnd.\n"
        assert after(listing, a_txt=A, b_txt=B, c_txt=C) == listing.replace("| a.txt |\n", "| a.txt |\n| c.txt |\n")

    def test_comments_between_rows_stay(self) -> None:
        listing = "| name |\n|--|\n| a.txt |\n<!-- to do -->\n| c.txt |\n"
        expected = "| name |\n|--|\n| a.txt |\n| b.txt |\n<!-- to do -->\n| c.txt |\n"
        assert after(listing, a_txt=A, b_txt=B, c_txt=C) == expected

    def test_a_table_without_rows_is_laid_out_anew(self) -> None:
        listing = "Words.\n\n| Name | Size |\n|--|--:|\n\nMore.\n"
        expected = "Words.\n\n| Name  | Size |\n| ----- | ---: |\n| a.txt |   16 |\n\nMore.\n"
        assert after(listing, a_txt=A) == expected
        assert after(listing) == listing
        assert after("| name |\r\n|--|\r\n", a_txt=A) == "| name  |\r\n| ----- |\r\n| a.txt |\r\n"
        assert after("| name |\n|--|", a_txt=A) == "| name  |\n| ----- |\n| a.txt |"

    def test_the_look_of_names_is_followed(self) -> None:
        links = "| name |\n|--|\n| [First](a.txt) |\n"
        assert after(links, a_txt=A, b_txt=B) == links + "| [The second text.](b.txt) |\n"
        code = "| name |\n|--|\n| `a.txt` |\n"
        assert after(code, a_txt=A, b_txt=B) == code + "| `b.txt` |\n"


class TestMissingAndRenamed:
    """Entries whose document is gone, or somewhere else."""

    LISTING = HEAD + row("7", "a.txt", A, "Mine") + row("8", "gone.txt", b"?") + row("9", "b.txt", B)

    def test_missing_documents_stay_listed_and_are_named(self) -> None:
        update = updated({manifest.NAME: self.LISTING.encode(), "a.txt": A, "b.txt": B})
        assert (update.after, update.missing, update.dropped) == (self.LISTING.encode(), ("gone.txt",), ())

    def test_they_go_if_asked(self) -> None:
        update = updated({manifest.NAME: self.LISTING.encode(), "a.txt": A, "b.txt": B}, prune=True)
        assert update.after.decode() == HEAD + row("7", "a.txt", A, "Mine") + row("9", "b.txt", B)
        assert (update.missing, update.dropped) == ((), ("gone.txt",))

    def test_a_renamed_document_keeps_its_id_and_all_else(self) -> None:
        update = updated({manifest.NAME: self.LISTING.encode(), "new/name.txt": A, "gone.txt": b"?", "b.txt": B})
        assert update.after.decode() == self.LISTING.replace("a.txt", "new/name.txt")
        assert update.renamed == (("a.txt", "new/name.txt"),)

    def test_one_that_is_spelled_otherwise_too_even_if_it_changed(self) -> None:
        update = updated({manifest.NAME: self.LISTING.encode(), "A.TXT": C, "gone.txt": b"?", "b.txt": B})
        assert update.after.decode() == self.LISTING.replace(row("7", "a.txt", A, "Mine"), row("7", "A.TXT", C, "Mine"))

    @pytest.mark.parametrize(
        ("cell", "new", "expected"),
        [
            ("a.txt", "b|c\\.txt", r"b\|c\\.txt"),
            ("a.txt", "[b](c)", r"\[b](c)"),
            ("a.txt", "`b`", r"\`b`"),
            ("`a.txt` (old)", "b|c.txt", r"`b\|c.txt` (old)"),
            ("`` a.txt ``", "b`c", "`` b`c ``"),
            ("`a.txt`", "b\\|c", r"[b\\\|c](b%5C%7Cc)"),
            ("**`a.txt`** (old)", "b`c", "**[b`c](b%60c)** (old)"),
            ("[The A](a.txt)", "b c(1).txt", "[The A](b%20c%281%29.txt)"),
            ("**[The A](<./a.txt> 'x')**", "é.txt", "**[The A](<é.txt> 'x')**"),
            ("[A](a%2Etxt)", "b.txt", "[A](b.txt)"),
        ],
    )
    def test_a_new_name_is_written_as_the_old_one_was(self, cell: str, new: str, expected: str) -> None:
        listing = "| name | sha256 |\n|--|--|\n| {} | {} |\n"
        update = updated({manifest.NAME: listing.format(cell, digest(A)).encode(), new: A})
        read = manifest.parse(update.after, Place("")).entries
        assert [entry.name for entry in read] == [new]
        assert update.after.decode() == listing.format(expected, digest(A))

    def test_dropping_the_last_row_and_adding_one_at_the_end_of_the_file(self) -> None:
        listing = "| name |\n|--|\n| a.txt |"
        assert after(listing, prune=True, b_txt=B) == "| name |\n|--|\n| b.txt |\n"
        assert after(listing, prune=True) == "| name |\n|--|\n"

    def test_a_folder_with_an_index_that_moved(self) -> None:
        below = HEAD + row("0", "a.txt", A)
        listing = HEAD + row("x", "old/INDEX.md", below.encode(), "Below")
        tree = {manifest.NAME: listing.encode(), "new/INDEX.md": below.encode(), "new/a.txt": B}
        new = HEAD + row("0", "a.txt", B)
        assert updated(tree).after.decode() == HEAD + row("x", "new/INDEX.md", new.encode(), "Below")

    def test_entries_that_lead_out_or_list_the_index_itself_are_left_and_said(self) -> None:
        listing = "| name | sha256 |\n|--|--|\n| ../x |  |\n| C:\\y |  |\n| INDEX.md | - |\n"
        update = updated({manifest.NAME: listing.encode(), "a.txt": A}, prune=True)
        assert update.after.decode() == f"{listing}| a.txt | {digest(A)} |\n"
        assert update.notes == (
            "'INDEX.md': left as it is: an entry leads out of the folder ('../x' and 1 more)",
            "'INDEX.md': left as it is: the index lists itself ('INDEX.md')",
        )

    def test_entries_that_are_there_twice_are_both_kept_right(self) -> None:
        listing = HEAD + row("1", "a.txt", b"") + row("2", "a.txt", b"x") + row("3", "old", B) + row("4", "old", B)
        update = updated({manifest.NAME: listing.encode(), "a.txt": A, "b.txt": B})
        assert update.after.decode() == (
            HEAD + row("1", "a.txt", A) + row("2", "a.txt", A) + row("3", "b.txt", B) + row("4", "b.txt", B)
        )
        assert update.notes == ("'INDEX.md': left as it is: a document is listed twice ('a.txt' and 1 more)",)
        assert updated({manifest.NAME: listing.encode(), "a.txt": A}, prune=True).dropped == ("old", "old")


class TestWhereNewRowsGo:
    @pytest.mark.parametrize(
        ("entries", "new", "expected"),
        [
            ([("000", "b"), ("001", "a")], "c", [("000", "b"), ("001", "a"), ("002", "c")]),
            ([("000", "b"), ("001", "d"), ("x", "z")], "c", [("000", "b"), ("001", "d"), ("002", "c"), ("x", "z")]),
            ([("9", "a"), ("10", "b")], "c", [("9", "a"), ("10", "b"), ("11", "c")]),
            ([("e", "a"), ("d", "c")], "b", [("e", "a"), ("b", "b"), ("d", "c")]),
            ([("e", "b"), ("d", "c")], "a", [("a", "a"), ("e", "b"), ("d", "c")]),
            ([("e", "c"), ("d", "a")], "b", [("e", "c"), ("d", "a"), ("b", "b")]),
            ([("", "a"), ("", "c")], "b", [("", "a"), ("", "b"), ("", "c")]),
        ],
    )
    def test_where_the_order_asks_for_it(
        self, entries: list[tuple[str, str]], new: str, expected: list[tuple[str, str]]
    ) -> None:
        listing = "| id | name |\n|--|--|\n" + "".join(f"| {id} | {name} |\n" for id, name in entries)
        tree = {manifest.NAME: listing.encode(), **{name: name.encode() for _, name in [*entries, ("", new)]}}
        read = manifest.parse(updated(tree).after, Place("")).entries
        assert [(entry.id or "", entry.name) for entry in read] == expected


class TestIds:
    @pytest.mark.parametrize(
        ("listed", "expected"),
        [
            ([], "000"),
            (["000", "001"], "002"),
            (["998", "999"], "1000"),
            (["009", "harbour"], "document"),
            (["008", "009", "harbour"], "010"),
            (["doc-07", "doc-09", "doc-08"], "doc-10"),
            (["a1", "a2", "b7"], "a3"),
            (["1", "2", "", "4"], "5"),
            (["", ""], ""),
            (["intro", "outro"], "document"),
            (["2024-05-30", "2024-05-31"], "document"),
            (["1887", "1890"], "1891"),
            (["9" * 40, "9" * 41], "document"),
            (["0123456789ab", "c23456789abc"], "ffffffffffff"),
            (["01234567", "c2345678"], "ffffffff"),
        ],
    )
    def test_go_on_as_the_listed_ones_do(self, listed: list[str], expected: str) -> None:
        assert identifiers.Maker(listed, [""], "pattern").make("sub/Document.txt", "f" * 64) == expected

    def test_come_from_the_digest_if_asked(self) -> None:
        maker = identifiers.Maker(["ab" * 6, "7"], [], "digest")
        assert [maker.make("", "ab" * 32) for _ in range(2)] == ["ab" * 6 + "a", "ab" * 7]
        assert maker.make("", "cd" * 32) == "cd" * 6
        listing = (HEAD + row("7", "a.txt", A)).encode()
        update = updated({manifest.NAME: listing, "a.txt": A, "b.txt": B}, ids="digest")
        assert update.after.decode() == HEAD + row("7", "a.txt", A) + row(
            digest(B)[:12], "b.txt", B, "The second text."
        )

    def test_unless_the_document_has_it_in_a_container(self) -> None:
        listing = HEAD + row("1", "a.txt", A) + row("2", "gone.txt", b"")
        packed = b"".join(container.pack([(b"2", b"b.txt", B)]))
        update = updated({manifest.NAME: listing.encode(), "a.txt": A, "b.txt": B, "all.bundle": packed}, prune=True)
        read = manifest.parse(update.after, Place("")).entries
        assert [(entry.id, entry.name) for entry in read] == [("1", "a.txt"), ("2", "b.txt"), ("3", "all.bundle")]

    @given(
        st.lists(st.sampled_from(["", "7", "007", "a-1", "a-2", "document", "document-2", "ab" * 6, "ab" * 7, "x y"])),
        st.lists(st.sampled_from(["7", "008", "x", "#", "é", "a" * 200, ""]), min_size=1),
        st.sampled_from(["pattern", "digest"]),
    )
    def test_are_never_given_twice(
        self, listed: list[str], given_: list[str], style: Literal["pattern", "digest"]
    ) -> None:
        maker = identifiers.Maker(listed, given_, style)
        made = [maker.claim(id) or maker.make("Ä Document.txt", "ab" * 32) for id in given_]
        if any(made):
            assert len({*made}) == len(made)
            assert not {*made} & {*listed}

    def test_one_of_a_dropped_entry_goes_to_one_document(self) -> None:
        maker = identifiers.Maker(["1", "2"], ["2", "2"], "pattern", dropped=frozenset(["2"]))
        assert [maker.claim("2"), maker.claim("2"), maker.make("", "")] == ["2", "", "3"]

    def test_numbers_of_a_large_new_index_are_equally_long(self) -> None:
        assert identifiers.Maker([], [""] * 1000, "pattern").make("", "") == "000"
        assert identifiers.Maker([], [""] * 1001, "pattern").make("", "") == "0000"

    def test_many_of_one_content(self) -> None:
        maker = identifiers.Maker([], [""] * 3000, "digest")
        assert len({maker.make("", "ab" * 32) for _ in range(3000)}) == 3000

    def test_dropped_ids_are_not_given_again(self) -> None:
        listing = HEAD + row("1", "a.txt", A) + row("2", "gone.txt", b"")
        assert after(listing, prune=True, a_txt=A, b_txt=B).endswith(row("3", "b.txt", B, "The second text."))


class TestLists:
    """Indexes that are lists of links or code spans."""

    @pytest.mark.parametrize(
        ("listing", "expected"),
        [
            ("- [A](a.txt)\n\nWords.\n", "- [A](a.txt)\n- [The second text.](b.txt)\n\nWords.\n"),
            ("* `a.txt`: words\n  and more\n", "* `a.txt`: words\n  and more\n* `b.txt`\n"),
            (
                "- [A](a.txt)\n  - a note\n- [C](c.md)\n",
                "- [A](a.txt)\n  - a note\n- [The second text.](b.txt)\n- [C](c.md)\n",
            ),
            ("7) [x] [A](a.txt)", "7) [x] [A](a.txt)\n8) [The second text.](b.txt)"),
            ("- Logs\n    - [A](a.txt)\r\n", "- Logs\n    - [A](a.txt)\r\n    - [The second text.](b.txt)\r\n"),
        ],
    )
    def test_new_items_stand_beside_the_others(self, listing: str, expected: str) -> None:
        tree = {manifest.NAME: listing.encode(), "a.txt": A, "b.txt": B} | ({"c.md": C} if "c.md" in listing else {})
        assert updated(tree).after.decode() == expected

    def test_renaming_keeps_the_words(self) -> None:
        listing = "- [The A](readme.txt) and more\n"
        update = updated({manifest.NAME: listing.encode(), "README.txt": A})
        assert update.after.decode() == listing.replace("readme", "README")

    def test_items_go_with_what_belongs_to_them(self) -> None:
        listing = "- [A](a.txt)\n  about a\n- [B](b.txt)\n  about b\n  - more\n- [C](c.md)\n"
        assert after(listing, prune=True, a_txt=A, c_md=C) == "- [A](a.txt)\n  about a\n- [C](c.md)\n"

    def test_an_entry_that_belongs_to_one_that_goes_stays(self) -> None:
        listing = "- [Gone](gone.txt)\n  about it\n  - [A](a.txt)\n"
        assert after(listing, prune=True, a_txt=A) == "  - [A](a.txt)\n"

    def test_a_list_is_not_emptied(self) -> None:
        plan = planned({manifest.NAME: b"- [A](a.txt)\n"}, prune=True)
        assert plan.errors == ("'INDEX.md' would list nothing any more; delete it, or put a document back",)

    def test_what_would_make_another_item_code_is_refused(self) -> None:
        listing = b"- [Gone](gone.txt)\n    - [A](a.txt)\n"
        plan = planned({manifest.NAME: listing, "a.txt": A}, prune=True)
        assert plan.updates == ()
        assert "cannot be changed" in plan.errors[0]

    def test_it_is_said_that_a_list_guards_no_content(self) -> None:
        update = updated({manifest.NAME: b"- [A](a.txt)\n", "a.txt": A})
        assert update.notes == (
            "'INDEX.md' is a list, and guards no content: a table with the columns name, bytes and sha256 would",
        )


class TestContainers:
    """Blocks that an index lists, packed copies, and indexes inside."""

    BUNDLE = b"".join(container.pack([(b"1", b"x.txt", A), (b"2", b"y.txt", B)]))

    def test_blocks_by_name(self) -> None:
        listing = (HEAD + row("1", "x.txt", b"")).encode()
        update = updated({manifest.NAME: listing, "all.bundle": self.BUNDLE})
        assert update.after.decode() == HEAD + row("1", "x.txt", A) + row("2", "y.txt", B, "The second text.")

    def test_blocks_by_address(self) -> None:
        listing = (HEAD + row("1", "sub/all.bundle#x.txt", b"")).encode()
        tree = {manifest.NAME: listing, "sub/all.bundle": self.BUNDLE}
        assert updated(tree).added == ("sub/all.bundle#y.txt",)
        assert found(applied(tree, planned(tree))) == []

    def test_blocks_of_two_containers_with_one_name(self) -> None:
        listing = (HEAD + row("1", "x.txt", A) + row("3", "z.txt", A)).encode()
        more = b"".join(container.pack([(b"3", b"z.txt", A), (b"4", b"y.txt", C)]))
        tree = {manifest.NAME: listing, "all.bundle": self.BUNDLE, "more.bundle": more}
        assert updated(tree).added == ("all.bundle#y.txt", "more.bundle#y.txt")
        assert found(applied(tree, planned(tree))) == []

    def test_a_block_that_shares_its_name_with_a_listed_one(self) -> None:
        listing = (HEAD + row("2", "all.bundle#y.txt", b"") + row("3", "z.txt", A)).encode()
        more = b"".join(container.pack([(b"3", b"z.txt", A), (b"4", b"y.txt", C)]))
        tree = {manifest.NAME: listing, "all.bundle": self.BUNDLE, "more.bundle": more}
        assert updated(tree).added == ("all.bundle#x.txt", "more.bundle#y.txt")
        done = applied(tree, planned(tree))
        assert (found(done), planned(done).rewrites) == ([], ())

    def test_of_blocks_with_one_name_in_one_container_the_first_counts(self) -> None:
        listing = (HEAD + row("1", "x.txt", A)).encode()
        twice = b"".join(container.pack([(b"1", b"x.txt", A), (b"2", b"y.txt", B), (b"3", b"y.txt", C)]))
        update = updated({manifest.NAME: listing, "all.bundle": twice})
        assert update.after.decode() == HEAD + row("1", "x.txt", A) + row("2", "y.txt", B, "The second text.")
        assert updated({manifest.NAME: update.after, "all.bundle": twice}).after == update.after

    def test_a_container_whose_last_listed_block_is_gone_is_listed_itself(self) -> None:
        listing = (HEAD + row("7", "gone.txt", b"") + row("1", "x.txt", b"?")).encode()
        without = self.BUNDLE.replace(b"x.txt", b"w.txt")
        tree = {manifest.NAME: listing, "all.bundle": without}
        plan = planned(tree, prune=True)
        assert plan.updates[0].dropped == ("gone.txt", "x.txt")
        assert plan.updates[0].added == ("all.bundle",)
        assert planned(applied(tree, plan), prune=True).rewrites == ()

    def test_a_renamed_file_whose_packed_copy_has_the_old_name_still(self) -> None:
        whole = row("1", "x.txt", A, "Mine") + row("2", "y.txt", B) + row("b", "all.bundle", self.BUNDLE)
        tree = {manifest.NAME: (HEAD + whole).encode(), "y.txt": B, "z.txt": A, "all.bundle": self.BUNDLE}
        update = updated(tree)
        assert update.after.decode() == HEAD + whole.replace("x.txt", "z.txt")
        assert update.renamed == (("x.txt", "z.txt"),)
        done = applied(tree, planned(tree))
        assert (found(done), planned(done).rewrites) == ([], ())

    def test_a_file_that_is_the_same_as_a_listed_block_is_another_document(self) -> None:
        tree = {manifest.NAME: (HEAD + row("1", "x.txt", A)).encode(), "z.txt": A, "all.bundle": self.BUNDLE}
        assert updated(tree).added == ("y.txt", "z.txt")

    def test_the_entry_of_a_loose_file_is_that_of_the_file_and_not_of_its_copy(self) -> None:
        listing = HEAD + row("1", "x.txt", A) + row("b", "all.bundle", self.BUNDLE)
        tree = {manifest.NAME: listing.encode(), "x.txt": C, "all.bundle": self.BUNDLE}
        assert updated(tree).after.decode() == listing.replace(row("1", "x.txt", A), row("1", "x.txt", C))

    def test_packed_copies_need_no_entry(self) -> None:
        tree = {"x.txt": A, "all.bundle": self.BUNDLE, manifest.NAME: (HEAD + row("1", "x.txt", A)).encode()}
        assert updated(tree).added == ("y.txt",)
        assert found(applied(tree, planned(tree))) == []

    def test_what_is_listed_of_blocks_in_a_damaged_container_stays(self) -> None:
        listing = HEAD + row("1", "x.txt", A) + row("2", "y.txt", B)
        update = updated({manifest.NAME: listing.encode(), "all.bundle": self.BUNDLE.replace(b"\n", b"\r\n")})
        assert update.after.decode() == listing
        assert update.notes == (
            "'INDEX.md': left as it is: the container of a document is damaged ('x.txt' and 1 more)",
        )

    def test_and_its_other_blocks_are_not_added(self) -> None:
        without_newlines = self.BUNDLE.replace(b"\n\n", b"\n")
        listing = HEAD + row("1", "x.txt", A)
        update = updated({manifest.NAME: listing.encode(), "all.bundle": without_newlines})
        assert (update.after.decode(), update.added) == (listing, ())
        assert "'x.txt' and 1 more" in update.notes[0]

    def test_one_renaming_may_bring_out_another(self) -> None:
        listing = HEAD + row("1", "X.txt", A) + row("2", "old.txt", B)
        update = updated({manifest.NAME: listing.encode(), "x.txt": A, "all.bundle": self.BUNDLE})
        assert update.renamed == (("X.txt", "x.txt"), ("old.txt", "y.txt"))

    def test_an_index_inside_a_container_is_left_alone(self) -> None:
        own = b"".join(container.pack([(b"INDEX", b"INDEX.md", b"- [X](x.txt)\n"), (b"1", b"y.txt", B)]))
        plan = planned({"all.bundle": own})
        assert [update.name for update in plan.updates] == ["INDEX.md"]
        assert plan.notes == (
            "the index inside 'all.bundle' is out of date, and left as it is: pack the container again",
        )

    def test_a_container_or_a_document_is_no_folder(self) -> None:
        plan = indexing.plan(trees.Memory({"all.bundle": self.BUNDLE}, "all.bundle", is_folder=False), Options())
        assert plan.updates == ()
        assert plan.errors[0].startswith("'all.bundle' is a file")


class TestBadInput:
    @pytest.mark.parametrize(
        ("listing", "said"),
        [
            (b"", "there is no table with a name column"),
            (b"Words.\n", "there is no table with a name column"),
            (b"| what | bytes |\n|--|--|\n| a | 1 |\n", "line 1: the table has no name column"),
            (b"\n```\n| name |\n|--|\n| a.txt |\n", "line 2: this is never closed"),
            (b"| name |\n|--|\n| a.txt |\n\n| file | size |\n|--|--|\n| b | 1 |\n", "line 5: a second table"),
            ("| name |\n|--|\n| a.txt |\n".encode("utf-16"), "is not UTF-8 text"),
            (bytes(64), "is not UTF-8 text"),
        ],
    )
    def test_an_index_that_lists_nothing_is_an_error_and_nothing_is_planned(self, listing: bytes, said: str) -> None:
        plan = planned({"a.txt": A, "sub/INDEX.md": listing, "sub/a.txt": A})
        assert plan.updates == plan.rewrites == ()
        (error,) = plan.errors
        assert error.startswith("'sub/INDEX.md'")
        assert said in error
        assert "\n" not in error

    def test_an_index_with_its_name_in_small_letters_is_not_passed_over(self) -> None:
        plan = planned({"index.md": b"- [A](a.txt)\n", "a.txt": A})
        assert plan.errors == ("'index.md' is called INDEX.md but for case; rename it, and run again",)

    def test_an_empty_folder(self) -> None:
        assert planned({}).errors == ("there is nothing to list in ''",)

    def test_files_that_cannot_be_read_are_named_and_what_is_listed_of_them_stays(self) -> None:
        listing = (HEAD + row("7", "a.txt", A)).encode()
        tree = trees.Memory({manifest.NAME: listing, "a.txt": trees.Odd("unreadable", "permission denied")})
        plan = indexing.plan(tree, Options(), prune=True)
        assert plan.rewrites == ()
        assert [problem.name for problem in plan.problems] == ["a.txt"]

    def test_an_index_that_cannot_be_read(self) -> None:
        plan = indexing.plan(trees.Memory({manifest.NAME: trees.Odd("unreadable", "no"), "a.txt": A}), Options())
        assert plan.errors == ("'INDEX.md' cannot be read: look at its permissions and size, and run again",)

    def test_ids_that_are_there_twice_stay_and_are_said(self) -> None:
        listing = HEAD + row("7", "a.txt", A) + row("7", "b.txt", B)
        update = updated({manifest.NAME: listing.encode(), "a.txt": A, "b.txt": B})
        assert update.after.decode() == listing
        assert update.notes == ("'INDEX.md': left as it is: an id is given twice ('7')",)

    def test_a_row_with_too_many_cells_is_left_to_a_person(self) -> None:
        listing = f"| name | title | sha256 |\n|--|--|--|\n| a.txt | this | that | {digest(B)} |\n"
        update = updated({manifest.NAME: listing.encode(), "a.txt": A})
        assert update.after.decode() == listing
        assert update.notes == ("'INDEX.md': left as it is: a row has too many cells (line 3)",)
        moved = updated({manifest.NAME: listing.encode(), "new.txt": B})
        assert (moved.after.decode(), moved.added) == (listing, ())

    def test_nul_bytes_and_bytes_that_are_not_utf8_stay(self) -> None:
        listing = b"caf\xe9 \x00\n\n| name | note |\n|--|--|\n| a.txt | \xff\x00 |\n"
        assert updated({manifest.NAME: listing, "a.txt": A, "b.txt": B}).after == listing + b"| b.txt |  |\n"

    def test_nul_bytes_that_would_make_it_binary_are_refused(self) -> None:
        tree = {manifest.NAME: b"- [A](a.txt)\n" + bytes(8), "a.txt": A}
        assert planned(tree).rewrites == ()
        assert "cannot be changed" in planned({**tree, "b.txt": B}).errors[0]

    def test_a_huge_cell_is_carried_along(self) -> None:
        listing = (f"| name | note |\n|--|--|\n| a.txt | {'漢|'.replace('|', chr(92) + '|') * 2_000_000} |\n").encode()
        assert updated({manifest.NAME: listing, "a.txt": A, "b.txt": B}).after == listing + b"| b.txt |  |\n"

    @pytest.mark.parametrize(
        "name", ["a\nb", "-", "`", " a", "a ", "a\r", "\x00", "a\udcff", "~", "*", "[b](c)", "a%20b"]
    )
    @pytest.mark.parametrize("listing", ["| name |\n|--|\n| a.txt |\n", "- [A](a.txt)\n", "- `a.txt`\n"])
    def test_strange_names_find_a_spelling(self, name: str, listing: str) -> None:
        tree = {manifest.NAME: listing.encode(), "a.txt": A, name: B}
        assert updated(tree).added == (name,)
        assert found(applied(tree, planned(tree))) == []

    @pytest.mark.parametrize("name", ["C:a.txt", "\\a"])
    def test_a_name_that_no_index_can_hold_is_said(self, name: str) -> None:
        update = updated({manifest.NAME: b"| name |\n|--|\n| a.txt |\n", "a.txt": A, name: B})
        assert update.added == ()
        assert f"no index can hold the name of a document ({name!r})" in update.notes[0]

    def test_titles_that_are_none(self) -> None:
        for text in ("x" * 121, "---", "a\u202eb", "a\x07b", "\ufffd", "\u200b", "|", "caf\udce9"):
            data = text.encode("utf-8", "surrogateescape") + b"\n"
            assert after("| name | title |\n|--|--|\n| a.txt |  |\n", a_txt=data).endswith("| a.txt |  |\n"), ascii(
                text
            )

    @pytest.mark.parametrize("text", ["| a | b |", "- a list", "> words", "<p>", "1. one"])
    def test_in_markdown_not_every_line_can_be_a_title(self, text: str) -> None:
        listing = "| name | title |\n|--|--|\n| a.md |  |\n"
        assert after(listing, a_md=text.encode()) == listing
        assert after(listing, a_md=f"{text}\n\n# Title\n".encode()) == listing.replace("|  |", "| Title |")

    @pytest.mark.parametrize(
        ("line", "title"),
        [
            ("# C# #", "C#"),
            ("C#", "C#"),
            ("**Bold**", "Bold"),
            ("  two   blanks ", "two blanks"),
            ("\ufeff# Marked", "Marked"),
            ("Qu’est-ce\u00a0?", "Qu’est-ce\u00a0?"),
            ("نامه‌رسانِ گردنهٔ ابر", "نامه‌رسانِ گردنهٔ ابر"),
            ("#hashtag", "#hashtag"),
        ],
    )
    def test_titles(self, line: str, title: str) -> None:
        listing = "| name | title |\n|--|--|\n| a.txt | {} |\n"
        done = after(listing.format(""), a_txt=f"\n\n{line}\n\nWords.\n".encode())
        assert done == listing.format(title)
        assert found({manifest.NAME: done.encode(), "a.txt": f"\n\n{line}\n".encode()}, without=()) == []


class TestThisRepository:
    def test_the_sample_collection_stays_as_it_is(self) -> None:
        plan = indexing.plan(trees.Folder(str(ROOT / "seeds")), Options())
        assert (plan.errors, plan.rewrites, plan.notes, plan.problems) == ((), (), (), ())
        assert [update.notes for update in plan.updates] == [()]

    def test_the_broken_example_stays_aligned(self) -> None:
        folder = ROOT / "examples" / "broken"
        tree = {path.name: path.read_bytes() for path in folder.iterdir()}
        update = updated(tree)
        assert [len(line) for line in update.after.split(b"\n")] == [
            len(line) for line in tree[manifest.NAME].split(b"\n")
        ]
        assert updated({**tree, manifest.NAME: update.after}).after == update.after

    def test_a_new_story_is_one_new_line(self) -> None:
        tree = {path.name: path.read_bytes() for path in (ROOT / "seeds").iterdir()}
        update = updated({**tree, "008_tide.txt": b"The tide\n"})
        old, new = tree[manifest.NAME].split(b"\n"), update.after.split(b"\n")
        (added,) = set(new) - set(old)
        assert added.startswith(b"| 008     | 008_tide.txt             |     9 | ")
        assert [len(added), [line for line in new if line != added]] == [len(new[new.index(added) - 2]), old]
        assert new[new.index(added) + 1].startswith(b"| harbour")


def wide(text: str) -> int:
    return tables.width(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("潮見坂", 6),
        ("e\u0301", 1),
        ("नी", 2),
        ("गर्", 2),
        ("a\u200cb", 2),
        ("ｱ", 1),
        ("🎉", 2),
        ("\udcff", 1),
    ],
)
def test_width(text: str, columns: int) -> None:
    assert wide(text) == columns


# The laws. What is drawn: a folder, and an index that was right once or is made up.

parts = st.one_of(
    st.sampled_from(
        ["a", "b", "c", "A", "é", "e\u0301", "x y", "a|b", "a`b", "[a]", "a%20b", "#a", "(1)", "a\\b", "_a_"]
    ),
    st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters.replace(" ", ""), min_size=1, max_size=6)),
)
names = st.builds(
    lambda folder, stem, suffix: f"{folder}{stem}{suffix}",
    st.sampled_from(["", "", "s/", "t/u/"]),
    parts,
    st.sampled_from([".txt", ".md", ""]),
)
bodies = texts.map(str.encode) | st.binary(max_size=8).filter(lambda body: not body.startswith(b"<<<"))


@st.composite
def folders(draw: st.DrawFn) -> Tree:
    """A folder, whose index may miss some, list what is gone, know old contents and old names."""
    drawn = draw(st.lists(names, min_size=1, max_size=8, unique_by=matching.spelling))
    chosen = [name for name in drawn if not any(other.startswith(f"{name}/") for other in drawn)]
    tree = {name: draw(bodies) for name in chosen}
    if draw(st.booleans()):
        inner = draw(st.lists(st.sampled_from(chosen), unique=True, max_size=3))
        held = [(f"i{chosen.index(name)}".encode(), name.encode(), tree[name]) for name in inner]
        tree["all.bundle"] = b"".join(container.pack(held)) if held else b"<<<END 0>>>\n"
    blocks = {f"p{number}.txt": draw(bodies) for number in range(draw(st.integers(0, 3)))}
    if blocks:
        held = [(f"p-{number}".encode(), name.encode(), blocks[name]) for number, name in enumerate(blocks)]
        tree["more.bundle"] = b"".join(container.pack(held))
        if draw(st.booleans()):
            blocks = {f"more.bundle#{name}": body for name, body in blocks.items()}
    for folder in ("s", "t/u"):
        below = [name for name in tree if name.startswith(f"{folder}/")]
        if draw(st.booleans()) and below:
            tree[f"{folder}/{manifest.NAME}"] = draw(indexes(tree, f"{folder}/"))
    tree[manifest.NAME] = draw(indexes({**tree, **blocks}, ""))
    return tree


@st.composite
def indexes(draw: st.DrawFn, tree: Tree, folder: str) -> bytes:
    """An index of a folder in some look, never quite right."""
    local = {name.removeprefix(folder): data for name, data in tree.items() if name.startswith(folder)}
    numbers = {name: f"i{number}" for number, name in enumerate(tree)}
    numbers |= {name: f"p-{name[-5]}" for name in tree if name.rpartition("#")[2][0] == "p" and name[-5:-4].isdigit()}
    listed = draw(st.lists(st.sampled_from(sorted(local)), min_size=1, unique=True))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    known: list[str] = draw(st.lists(st.sampled_from(["id", "bytes", "sha256", "title", "note"]), unique=True))
    columns: Sequence[str] = draw(st.permutations(["name", *known]))
    rows = []
    for name in listed:
        data = draw(st.sampled_from([local[name], b"old", b""]))
        called = draw(st.sampled_from([name, name, f"old-{name}", name.upper()])) if name != manifest.NAME else name
        values = {
            "name": called,
            "id": numbers[folder + name],
            "bytes": draw(st.sampled_from([str(len(data)), "", "-"])),
            "sha256": draw(st.sampled_from([digest(data), "", "-"])),
            "title": draw(st.sampled_from(["", "Something"])),
            "note": draw(st.sampled_from(["", "x | y", "\\"])),
        }
        rows.append(values)
    rows = list({matching.spelling(values["name"]): values for values in rows}.values())
    if draw(st.booleans()):
        lines = written((), rows)
    else:
        lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *written(columns, rows)]
        if draw(st.booleans()):
            cells = [[cell.strip() for cell in markdown.cells(line.encode())] for line in lines]
            right = [column == "bytes" for column in columns]
            lines = [line.decode() for line in tables.aligned(cells[0], right, cells[2:])]
        elif draw(st.booleans()):
            lines = [line.replace(" | ", "|").replace("| ", "|").replace(" |", "|") for line in lines]
    above = draw(
        st.sampled_from(["", "\ufeff", "---\na: b\n---\n", "# Words\n\nand | more.\n\n", "```\n| name |\n```\n"])
    )
    under = draw(st.sampled_from(["", "\n", "\n\nEnd.\n", "\n\n| what |\n|--|\n| x |\n"]))
    return (above + "\n".join(lines) + under).replace("\n", newline).encode()


def written(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> list[str]:
    lines = []
    for values in rows:
        try:
            lines.append(manifest.written(columns, values))
        except ValueError:
            continue
    return lines or [manifest.written(columns, {"name": "gone.txt"})]


@given(folders(), st.booleans(), st.sampled_from(["pattern", "digest"]))
def test_a_second_run_changes_nothing(tree: Tree, prune: bool, ids: Literal["pattern", "digest"]) -> None:
    plan = planned(tree, prune=prune, ids=ids)
    if not plan.errors:
        again = planned(applied(tree, plan), prune=prune, ids=ids)
        assert (again.errors, again.rewrites) == ((), ())


@given(folders())
def test_then_the_index_lists_exactly_what_is_there(tree: Tree) -> None:
    plan = planned(tree, prune=True)
    if plan.errors:
        assert all("would list nothing any more" in error for error in plan.errors)
        return
    tree = applied(tree, plan)
    if any(map(matching.leads_out, tree)):
        return
    if any("damaged" in note for update in plan.updates for note in update.notes):
        return
    other_ids = any("another id" in note for update in plan.updates for note in update.notes)
    assert found(tree, without=("IDX017", "IDX007") if other_ids else ("IDX017",)) == []
    for update in plan.updates:
        folder = update.name.removesuffix(manifest.NAME)
        for entry in manifest.parse(update.after, Place("")).entries:
            data = tree.get(folder + entry.name)
            if data is not None:  # and no block
                assert entry.size in (None, len(data))
                assert entry.sha256 in (None, digest(data))


@given(folders(), st.booleans())
def test_everything_but_the_entries_concerned_stays_as_it_is(tree: Tree, prune: bool) -> None:
    plan = planned(tree, prune=prune)
    for update in plan.updates:
        assert update.before is not None
        before, new = manifest.parse(update.before, Place("")), manifest.parse(update.after, Place(""))
        rows = {entry.name: update.after[entry.row.start : entry.row.end] for entry in new.entries}
        concerned = {*update.dropped, *dict(update.renamed), *update.refreshed, *update.titled}
        for entry in before.entries:
            if entry.name not in concerned:
                assert rows[entry.name].rstrip() == update.before[entry.row.start : entry.row.end].rstrip()
        assert _other_lines(before) == _other_lines(new)
        ids = {entry.name: entry.id for entry in new.entries}
        renamed = dict(update.renamed)
        for entry in before.entries:
            if entry.name not in update.dropped:
                assert ids[renamed.get(entry.name, entry.name)] == entry.id


def _other_lines(listing: Index) -> list[bytes]:
    """The lines that are no entries; whether the last line has an end does not count."""
    pieces, at = [], 0
    for entry in listing.entries:
        pieces.append(listing.data[at : entry.row.start])
        at = entry.row.end + 1
    return b"".join([*pieces, listing.data[at:]]).rstrip(b"\r\n").split(b"\n")


@given(st.binary(max_size=120), st.booleans())
@example(b"| name |\n|--|\n| \xef\xbb\xbf |\n", True)
def test_no_bytes_make_it_stumble(data: bytes, prune: bool) -> None:
    for listing in (data, b"| name | id | bytes |\n|--|--|--|\n" + data, b"- [A](a.txt)\n" + data):
        tree = {manifest.NAME: listing, "a.txt": A, "b|c.txt": B}
        plan = planned(tree, prune=prune)
        if not plan.errors:
            again = planned(applied(tree, plan), prune=prune)
            assert (again.errors, again.rewrites) == ((), ())


@given(
    folders(), st.integers(0, 1 << 30), st.integers(0, 9), st.sampled_from([*"|\n`-[]()\\\r #<", "\n\n", "<!--", ""])
)
def test_no_damage_makes_it_stumble(tree: Tree, place: int, length: int, inserted: str) -> None:
    """Neither cells nor lines that were lost or put in."""
    listing = tree[manifest.NAME]
    at = place % len(listing)
    tree[manifest.NAME] = listing[:at] + inserted.encode() + listing[at + length :]
    plan = planned(tree)
    if not plan.errors:
        again = planned(applied(tree, plan))
        assert (again.errors, again.rewrites) == ((), ())


@given(folders())
def test_a_new_index_of_any_folder(tree: Tree) -> None:
    tree = {name: data for name, data in tree.items() if not name.endswith(manifest.NAME)}
    done = applied(tree, planned(tree))
    if not any(map(matching.leads_out, tree)):
        assert found(done, without=()) == []
    assert planned(done).rewrites == ()


@given(clean_trees(), st.data())
def test_a_renamed_document_keeps_its_row(tree: Tree, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(name for name in tree if name not in (manifest.NAME, "all.bundle"))))
    del tree["all.bundle"]
    before = {entry.name: entry for entry in manifest.parse(tree[manifest.NAME], Place("")).entries}
    tree["moved/away.txt"] = tree.pop(name)
    update = updated(tree)
    entry = next(e for e in manifest.parse(update.after, Place("")).entries if e.name == "moved/away.txt")
    assert (entry.id, entry.size, entry.sha256) == (before[name].id, before[name].size, before[name].sha256)
    assert update.renamed == ((name, "moved/away.txt"),)
    assert len(set(update.after.split(b"\n")) - set(tree[manifest.NAME].split(b"\n"))) == 1


@on_posix
@any_bytes_in_names
def test_on_a_disk(tmp_path: Path) -> None:
    files = {
        b"a.txt": A,
        b"sub/b\xff.txt": B,
        "sub/é.txt".encode(): C,
        b"sub/INDEX.md": b"| name | sha256 |\n|--|--|\n",
    }
    for name, body in files.items():
        path = os.path.join(os.fsencode(tmp_path), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(body)
    plan = indexing.plan(trees.Folder(str(tmp_path)), Options())
    assert [update.path for update in plan.rewrites] == [f"{tmp_path}/sub/INDEX.md", f"{tmp_path}/INDEX.md"]
    for update in plan.rewrites:
        (tmp_path / update.name).write_bytes(update.after)
    report = validator.check(tmp_path, options=Options(select=("IDX",)))
    assert [finding.code for finding in report.findings if finding.code.startswith("IDX")] == []
    assert indexing.plan(trees.Folder(str(tmp_path)), Options()).rewrites == ()
