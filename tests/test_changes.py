"""Only what a pull request changes is looked into, and only what a commit will hold is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import said, validate
from tests.strategies import Tree, clean_trees, spoil
from validator import checking, container, engine
from validator.checking import Flags
from validator.model import Finding, Options, UsageError
from validator.revisions import Staged, changed_since
from validator.rules import catalogue
from validator.trees import Folder, Memory

posix = pytest.mark.skipif(os.name == "nt", reason="links and hooks are POSIX ones")
ABOUT_FILES = ("document", "name", "container")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet")
    lay(root, {"seeds/INDEX.md": b"- `a.txt`\n- `in/b.txt`\n", "seeds/a.txt": b"no end", "seeds/in/b.txt": b"no end"})
    commit(root)
    monkeypatch.chdir(root)
    return root


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    run = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=True)
    return os.fsdecode(run.stdout).strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=x y: z")


def lay(root: Path, tree: Tree) -> None:
    for name, data in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def found(*arguments: str, cwd: Path | None = None) -> list[str]:
    """The findings of a run, as path and code."""
    run = validate("check", *arguments, "--output-format", "concise", "--quiet", cwd=cwd)
    assert run.returncode != 2, said(run)
    lines = [line.split(" ")[:2] for line in run.stdout.decode().splitlines()]
    return [f"{place.split(':')[0]} {label[-7:-1]}" for place, label in lines]


class TestSince:
    """``--since``: documents that changed, and the index as a whole."""

    def test_only_what_changed_is_looked_into(self, repository: Path) -> None:
        assert found("seeds", "--since", "HEAD") == []
        lay(repository, {"seeds/in/b.txt": b"still no end"})
        assert found("seeds", "--since", "HEAD") == ["seeds/in/b.txt TXT004"]
        git(repository, "add", "--all")
        assert found("seeds", "--since", "HEAD") == ["seeds/in/b.txt TXT004"]
        commit(repository)
        assert found("seeds", "--since", "HEAD") == []
        assert found("seeds", "--since", "HEAD~1") == ["seeds/in/b.txt TXT004"]
        assert found("seeds", "--since", "HEAD~1", "-j", "2") == ["seeds/in/b.txt TXT004"]

    def test_new_files_count_and_the_index_is_judged_as_a_whole(self, repository: Path) -> None:
        lay(repository, {"seeds/c.txt": b"no end", "seeds/INDEX.md": b"- `a.txt`\n- `in/b.txt`\n- `gone.txt`\n"})
        whole = ["seeds/INDEX.md IDX002", "seeds/c.txt IDX003", "seeds/c.txt TXT004"]
        assert sorted(found("seeds", "--since", "HEAD")) == whole
        commit(repository)
        assert sorted(found("seeds", "--since", "HEAD")) == whole[:2]

    def test_a_branch_is_compared_with_where_it_began(self, repository: Path) -> None:
        git(repository, "checkout", "--quiet", "-b", "change")
        lay(repository, {"seeds/a.txt": b"changed, no end"})
        commit(repository)
        git(repository, "checkout", "--quiet", "main")
        lay(repository, {"seeds/in/b.txt": b"meanwhile, no end"})
        commit(repository)
        git(repository, "checkout", "--quiet", "change")
        assert found("seeds", "--since", "main") == ["seeds/a.txt TXT004"]

    def test_from_anywhere_and_of_one_file(self, repository: Path) -> None:
        lay(repository, {"seeds/a.txt": b"changed"})
        assert changed_since("seeds", "HEAD") == changed_since(str(repository / "seeds"), "HEAD") == {"a.txt"}
        assert found(".", "--since", "HEAD", cwd=repository / "seeds") == ["a.txt TXT004"]
        assert found("../a.txt", "--since", "HEAD", cwd=repository / "seeds/in") == ["../a.txt TXT004"]
        assert found("..", "--since", "HEAD", cwd=repository / "seeds/in") == ["../a.txt TXT004"]
        assert found("seeds/a.txt", "--since", "HEAD") == ["seeds/a.txt TXT004"]
        assert found("seeds/in/b.txt", "--since", "HEAD") == []

    @posix
    def test_through_links(self, repository: Path) -> None:
        lay(repository, {"seeds/a.txt": b"changed"})
        (repository.parent / "link").symlink_to(repository / "seeds")
        (repository / "link").symlink_to("seeds/in/..")
        (repository / "file").symlink_to("seeds/a.txt")
        assert found("../link", "--since", "HEAD") == ["../link/a.txt TXT004"]
        assert found("link", "--since", "HEAD") == ["link/a.txt TXT004"]
        assert found("file", "--since", "HEAD") == ["file TXT004"]
        git(repository, "add", "--all")
        assert found("link", "--since", "HEAD", "--staged") == ["link/a.txt TXT004"]

    def test_by_the_name_of_the_index(self, repository: Path) -> None:
        lay(repository, {"seeds/a.txt": b"changed"})
        assert found("seeds/INDEX.md", "--since", "HEAD") == ["seeds/a.txt TXT004"]
        git(repository, "add", "--all")
        (repository / "seeds/INDEX.md").unlink()
        assert found("seeds/INDEX.md", "--since", "HEAD", "--staged") == ["seeds/a.txt TXT004"]

    def test_standard_input_is_always_looked_at(self, repository: Path) -> None:
        run = validate("check", "-", "--since", "HEAD", cwd=repository, stdin=b"no end")
        assert b"TXT004" in run.stdout

    @pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
    def test_what_git_is_told_not_to_look_at_counts_as_changed(self, repository: Path, flag: str) -> None:
        git(repository, "update-index", flag, "seeds/a.txt")
        lay(repository, {"seeds/a.txt": b"changed"})
        assert found("seeds", "--since", "HEAD") == ["seeds/a.txt TXT004"]

    def test_a_collection_that_git_ignores(self, repository: Path) -> None:
        lay(repository, {".gitignore": b"build/\n", "build/INDEX.md": b"- `a.txt`\n", "build/a.txt": b"no end"})
        assert found("build", "--since", "HEAD") == ["build/a.txt TXT004"]

    def test_repositories_within(self, repository: Path) -> None:
        lay(repository, {"seeds/new/x/a.txt": b"no end", "sub/a.txt": b"no end"})
        for inner in ("seeds/new", "sub"):
            git(repository / inner, "init", "--quiet")
        commit(repository / "sub")
        git(
            repository,
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            "../repository/sub",
            "seeds/sub",
        )
        git(repository, "commit", "--quiet", "--message=x y: z")
        git(repository, "config", "submodule.seeds/sub.ignore", "all")
        assert changed_since("seeds", "HEAD") == {"new/", "new/x/a.txt"} | {
            f"new/{name.relative_to(repository / 'seeds/new')}"
            for name in (repository / "seeds/new/.git").rglob("*")
            if name.is_file()
        }
        lay(repository, {"seeds/sub/a.txt": b"changed"})
        assert "sub/a.txt" in changed_since("seeds", "HEAD")
        assert changed_since("seeds/sub", "HEAD") == {"a.txt"}

    def test_no_filter_is_run(self, repository: Path, tmp_path: Path) -> None:
        """Neither where git cannot tell from the time of a file that it is unchanged, nor where it has changed."""
        witness = tmp_path / "run"
        lay(repository, {".gitattributes": b"*.txt filter=a=b.c diff=d\n"})
        commit(repository)
        for key in ("filter.a=b.c.clean", "filter.a=b.c.process", "diff.d.command", "diff.d.textconv"):
            git(repository, "config", key, f"touch '{witness}'; cat")
        git(repository, "config", "filter.a=b.c.required", "true")
        lay(repository, {"seeds/a.txt": b"changed"})
        os.utime(repository / "seeds/in/b.txt", (0, 0))
        assert found("seeds", "--since", "HEAD") == ["seeds/a.txt TXT004"]
        assert found("seeds", "--staged") == ["seeds/a.txt TXT004", "seeds/in/b.txt TXT004"]
        assert found("seeds", "--staged", "--since", "HEAD") == []
        assert not witness.exists()

    def test_names_are_no_patterns(self, repository: Path) -> None:
        for name in ("[x]", "x", ":!seeds", "-q"):
            lay(repository, {f"{name}/INDEX.md": b"- `a.txt`\n", f"{name}/a.txt": b"no end"})
        commit(repository)
        lay(repository, {"[x]/a.txt": b"changed", "x/a.txt": b"changed too"})
        assert changed_since("[x]", "HEAD") == {"a.txt"}
        assert changed_since("[x]/a.txt", "HEAD") == {""}
        assert changed_since(":!seeds", "HEAD") == changed_since("./-q", "HEAD") == frozenset()
        assert [entry.name for entry in Staged(":!seeds").walk(Options())] == ["INDEX.md", "a.txt"]
        assert [entry.name for entry in Staged("[x]/a.txt").walk(Options())] == ["a.txt"]

    def test_without_a_branch_and_with_half_a_history(self, repository: Path, tmp_path: Path) -> None:
        lay(repository, {"seeds/a.txt": b"changed"})
        commit(repository)
        git(repository, "checkout", "--quiet", "--detach")
        assert found("seeds", "--since", "HEAD~1") == ["seeds/a.txt TXT004"]
        first = git(repository, "rev-parse", "HEAD~1")
        git(repository, "checkout", "--quiet", "--orphan", "unborn")
        assert found("seeds", "--since", first) == ["seeds/a.txt TXT004"]
        assert validate("check", "seeds", "--since", "HEAD", cwd=repository).returncode == 2
        git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{repository}", "shallow")
        assert found("seeds", "--since", "HEAD", cwd=tmp_path / "shallow") == []
        run = validate("check", "seeds", "--since", first, cwd=tmp_path / "shallow")
        assert (run.returncode, b"fetch it, with its history" in run.stderr) == (2, True)

    def test_nothing_is_fetched(self, repository: Path, tmp_path: Path) -> None:
        git(repository, "config", "uploadpack.allowFilter", "true")
        clone = ("clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{repository}", "part")
        git(tmp_path, *clone)
        git(tmp_path / "part", "read-tree", "HEAD")
        run = validate("check", "seeds", "--staged", cwd=tmp_path / "part")
        assert run.returncode == 2
        assert b"'a.txt' cannot be read" in run.stdout
        assert not list((tmp_path / "part/.git/objects").rglob("*.promisor"))[1:]

    @pytest.mark.parametrize("revision", ["nonesuch", "-x", "--output=pwned", "HEAD:seeds", "a\nb", "main..main"])
    def test_what_is_no_revision(self, repository: Path, revision: str) -> None:
        run = validate("check", "seeds", f"--since={revision}", cwd=repository)
        assert run.returncode == 2
        assert run.stderr.startswith(b"error: --since: ")
        assert run.stderr.count(b"\n") == 1
        assert not (repository / "pwned").exists()

    def test_where_there_is_no_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "seeds").mkdir()
        (tmp_path / "seeds/a.txt").write_bytes(b"x\n")
        run = validate("check", "seeds", "--since", "HEAD", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
        assert run.returncode == 2
        assert b"belongs to no repository" in run.stderr or b"git has no revision" in run.stderr


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32), chosen=st.randoms(use_true_random=False))
def test_narrowing_takes_away_what_is_said_of_other_files(tree: Tree, seed: int, chosen: Any) -> None:
    random = Random(seed)
    rule = random.choice([rule for rule in catalogue() if rule.default and not rule.code.startswith("VAL")])
    spoil(tree, rule, random)
    only = frozenset(name for name in tree if chosen.random() < 0.5)
    scopes = {rule.code: rule.scope for rule in catalogue()}

    def is_asked(finding: Finding) -> bool:
        return scopes[finding.code] not in ABOUT_FILES or finding.path in only

    whole = engine.check([Memory(tree)], Options()).findings
    narrowed = engine.check([Memory(tree)], Options(only=only)).findings
    assert [f for f in whole if is_asked(f)] == [f for f in narrowed if f.code != "MET005" or f in whole]


class TestStaged:
    """``--staged``: what the next commit will hold, whatever lies on the disk."""

    def test_the_working_tree_does_not_count(self, repository: Path) -> None:
        lay(repository, {"seeds/a.txt": b"a bell\x07\n"})
        assert "seeds/a.txt TXT004" in found("seeds", "--staged")
        git(repository, "add", "seeds/a.txt")
        lay(repository, {"seeds/a.txt": b"mended\n", "seeds/new.txt": b"not added"})
        (repository / "seeds/in/b.txt").unlink()
        assert found("seeds", "--staged") == ["seeds/a.txt ENC005", "seeds/in/b.txt TXT004"]
        assert found("seeds", "--staged", "-j", "2") == ["seeds/a.txt ENC005", "seeds/in/b.txt TXT004"]
        git(repository, "add", "--all")
        assert found("seeds", "--staged") == ["seeds/INDEX.md IDX002", "seeds/new.txt IDX003", "seeds/new.txt TXT004"]
        assert found("seeds", "--staged", "--since", "HEAD") == found("seeds", "--staged")

    def test_it_is_what_an_export_of_the_index_would_be(self, repository: Path, tmp_path: Path) -> None:
        lay(repository, {"seeds/ü/ä.txt": b"x", "seeds/b\n.txt": b"y\r\n", "seeds/.hidden": b"z", "other.txt": b"o"})
        git(repository, "add", "--all")
        lay(repository, {"seeds/ü/ä.txt": b"something else\n"})
        export = tmp_path / "export"
        git(repository, "checkout-index", "--all", f"--prefix={export}/")
        for path in ("seeds", "."):
            staged = [name.replace(f"{path}/", "", 1) for name in found(path, "--staged")]
            assert staged == [name.replace(f"{path}/", "", 1) for name in found(path, cwd=export)]

    @posix
    def test_links_lead_where_they_are_staged(self, repository: Path) -> None:
        (repository / "seeds/good.txt").symlink_to("in/b.txt")
        (repository / "seeds/bad.txt").symlink_to("../../elsewhere.txt")
        (repository / "seeds/in/gone.txt").symlink_to("nothing.txt")
        git(repository, "add", "--all")
        git(repository, "rm", "--quiet", "--cached", "seeds/a.txt")
        codes = found("seeds", "--staged")
        assert [code for code in codes if code.endswith("NAM016")] == [
            "seeds/bad.txt NAM016",
            "seeds/in/gone.txt NAM016",
        ]
        assert "seeds/good.txt TXT004" in codes
        tree = Staged("seeds")
        assert [found.name for found in tree.walk(Options())] == [
            found.name for found in Folder("seeds").walk(Options(exclude=("/a.txt",)))
        ]
        tree.close()

    @posix
    @pytest.mark.parametrize("seed", range(12))
    def test_any_tree_is_what_an_export_would_be(self, repository: Path, tmp_path: Path, seed: int) -> None:
        random = Random(seed)
        folders = ["", "in/", "in/deep/", "[x]/", ".hidden/"]
        names = ["a.txt", "b\n.txt", "x|`y`.md", "\u00e9.txt", "e\u0301.txt", "*.txt", "-q", "d", "e", "all.bundle"]
        targets = ["a.txt", "in/a.txt", "../a.txt", "d", "e", "in", "../in/d", "d/../a.txt", "nowhere", "in/../in/e"]
        contents = [b"x", b"x\n", b"\x07\n", b"", b"y\r\nz\n", b"<<<FILE 0 z.txt>>>\nq\x07\n\n<<<END 1>>>\n"]
        for folder in folders:
            for name in random.sample(names, random.randint(0, 5)):
                path = repository / "seeds" / folder / name
                path.parent.mkdir(exist_ok=True, parents=True)
                if random.random() < 0.3 and not os.path.lexists(path):
                    path.symlink_to(random.choice(targets))
                elif not path.is_symlink():
                    path.write_bytes(random.choice(contents))
        git(repository, "add", "--all")
        for path in (repository / "seeds").rglob("*"):
            if random.random() < 0.3 and not path.is_dir():
                path.unlink()
        git(repository, "checkout-index", "--all", f"--prefix={tmp_path}/export/")
        whole = ("check", "seeds", "--output-format", "json")
        staged, export = validate(*whole, "--staged", cwd=repository), validate(*whole, cwd=tmp_path / "export")
        listed = [
            [(f["code"], f["path"], f["document"], f["byte_start"]) for f in json.loads(run.stdout)["findings"]]
            for run in (staged, export)
        ]
        assert listed[0] == listed[1]
        assert staged.returncode == export.returncode

    def test_large_blobs_and_containers(self, repository: Path, tmp_path: Path) -> None:
        large = b"A line of a large document, of which there are many.\n" * 200_000
        blocks = [(b"%d" % number, b"%d.txt" % number, large + b"%d\x07\n" % number) for number in range(2)]
        lay(repository, {"seeds/large.txt": large + b"\x07", "seeds/all.bundle": b"".join(container.pack(blocks))})
        git(repository, "add", "--all")
        git(repository, "checkout-index", "--all", f"--prefix={tmp_path}/export/")
        assert found("seeds", "--staged") == found("seeds", cwd=tmp_path / "export")

    def test_what_the_disk_has_made_of_it(self, repository: Path) -> None:
        """A staged file is one file and a staged folder a folder, whatever lies there now."""
        (repository / "seeds/a.txt").unlink()
        assert found("seeds/a.txt", "--staged") == ["seeds/a.txt TXT004"]
        (repository / "seeds/in/b.txt").unlink()
        (repository / "seeds/in").rmdir()
        assert found("seeds/in/b.txt", "--staged") == ["seeds/in/b.txt TXT004"]
        lay(repository, {"seeds/in": b"a file now", "seeds/a.txt/x": b"a folder now"})
        assert found("seeds", "--staged") == ["seeds/a.txt TXT004", "seeds/in/b.txt TXT004"]
        assert found("seeds/in", "--staged") == ["seeds/in IDX001", "seeds/in/b.txt TXT004"]
        nothing = validate("check", "seeds/a.txt", "--staged", cwd=repository)
        assert (nothing.returncode, b"nothing to check" in nothing.stderr) == (2, True)

    def test_before_the_first_commit(self, repository: Path, tmp_path: Path) -> None:
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        git(fresh, "init", "--quiet")
        lay(fresh, {"seeds/INDEX.md": b"- `a.txt`\n", "seeds/a.txt": b"no end"})
        assert validate("check", "seeds", "--staged", cwd=fresh).returncode == 2
        git(fresh, "add", "--all")
        assert found("seeds", "--staged", cwd=fresh) == ["seeds/a.txt TXT004"]
        git(fresh, "add", "--all")
        assert found(str(fresh / "seeds"), "--staged", cwd=tmp_path)[0].endswith("seeds/a.txt TXT004")

    @pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
    def test_flags_change_nothing_of_what_is_staged(self, repository: Path, flag: str) -> None:
        git(repository, "update-index", flag, "seeds/a.txt")
        lay(repository, {"seeds/a.txt": b"mended\n"})
        assert found("seeds", "--staged") == ["seeds/a.txt TXT004", "seeds/in/b.txt TXT004"]
        git(repository, "sparse-checkout", "set", "--cone", "--sparse-index", "elsewhere")
        assert found("seeds", "--staged") == ["seeds/a.txt TXT004", "seeds/in/b.txt TXT004"]

    def test_a_submodule_is_told(self, repository: Path) -> None:
        lay(repository, {"sub/a.txt": b"x\n"})
        git(repository / "sub", "init", "--quiet")
        commit(repository / "sub")
        git(repository, "-c", "advice.addEmbeddedRepo=false", "add", "sub")
        git(repository, "config", "diff.ignoreSubmodules", "all")
        assert "sub NAM017" in found(".", "--staged")

    def test_announced_files_are_not_committed(self, repository: Path) -> None:
        lay(repository, {"seeds/later.txt": b"later\n"})
        git(repository, "add", "--intent-to-add", "seeds/later.txt")
        assert not [code for code in found("seeds", "--staged") if "later" in code]

    def test_a_conflict_cannot_be_committed(self, repository: Path) -> None:
        git(repository, "checkout", "--quiet", "-b", "other")
        lay(repository, {"seeds/a.txt": b"theirs\n"})
        commit(repository)
        git(repository, "checkout", "--quiet", "main")
        lay(repository, {"seeds/a.txt": b"ours\n"})
        commit(repository)
        with pytest.raises(subprocess.CalledProcessError):
            git(repository, "merge", "--quiet", "other")
        run = validate("check", "seeds", "--staged", cwd=repository)
        assert run.returncode == 2
        assert b"it is in conflict" in run.stdout

    def test_one_file_and_other_folders(self, repository: Path) -> None:
        assert found("seeds/a.txt", "--staged") == ["seeds/a.txt TXT004"]
        assert found("seeds/INDEX.md", "--staged") == ["seeds/a.txt TXT004", "seeds/in/b.txt TXT004"]
        assert found(".", "--staged", cwd=repository / "seeds/in") == [". IDX001", "b.txt TXT004"]
        assert found(str(repository / "seeds"), "--staged")[0].endswith("/seeds/a.txt TXT004")

    @posix
    def test_a_hook_of_a_partial_commit(self, repository: Path) -> None:
        """``git commit FILE`` makes an index of its own, and tells the hook where."""
        lay(repository, {"seeds/a.txt": b"one, mended\n", "seeds/in/b.txt": b"a bell\x07\n"})
        git(repository, "add", "--all")
        hook = repository / ".git/hooks/pre-commit"
        root = Path(checking.__file__).parent.parent
        hook.write_text(
            f"#!/bin/sh\nPYTHONPATH='{root}' exec '{sys.executable}' -m validator check seeds --staged "
            "--output-format concise\n"
        )
        hook.chmod(0o755)
        commit = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--message=x y: z"]
        assert subprocess.run([*commit, "seeds/in/b.txt"], cwd=repository, capture_output=True).returncode == 1
        assert subprocess.run([*commit, "seeds/a.txt"], cwd=repository, capture_output=True).returncode == 0

    @posix
    def test_hooks_of_other_work_trees(self, repository: Path, tmp_path: Path) -> None:
        """There git tells the hook where its repository is, and that must not be taken for the working folder's."""
        git(repository, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
        out = tmp_path / "out"
        root = Path(checking.__file__).parent.parent
        check = f"PYTHONPATH='{root}' '{sys.executable}' -m validator check --output-format concise --quiet"
        hook = repository / ".git/hooks/pre-commit"
        hook.write_text(
            f"#!/bin/sh\n{check} seeds --staged >'{out}'\n{check} '{repository}/seeds' --staged >>'{out}'\n"
            f"cd seeds\n{check} . --staged >>'{out}'\n{check} . --since HEAD >>'{out}'\n{check} .. --staged >>'{out}'\n"
        )
        hook.chmod(0o755)
        lay(tmp_path / "other", {"seeds/a.txt": b"mended\n", "seeds/in/b.txt": b"changed"})
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        run = ["git", *who, "commit", "--quiet", "--message=x y: z", "seeds/a.txt"]
        assert subprocess.run(run, cwd=tmp_path / "other", capture_output=True).returncode == 1
        places = [line.split(" ")[0] for line in out.read_text().splitlines()]
        assert places == [
            "seeds/in/b.txt:1:7:",
            f"{repository}/seeds/a.txt:1:7:",
            f"{repository}/seeds/in/b.txt:1:7:",
            "in/b.txt:1:7:",
            "in/b.txt:1:8:",
            "..:",
            "../seeds/in/b.txt:1:7:",
        ]

    def test_where_git_cannot_say(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="is in no git work tree"):
            checking.run(checking.plan([str(tmp_path)], Flags()), Flags(staged=True))
