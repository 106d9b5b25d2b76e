"""Only what a pull request changes is looked into, and only what a commit will hold is judged."""

from __future__ import annotations

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
from tests.strategies import Tree, clean_trees
from validator import checking, engine
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
    rule.inject(tree, random)  # type: ignore[arg-type]
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

    def test_where_git_cannot_say(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="is in no git work tree"):
            checking.run(checking.plan([str(tmp_path)], Flags()), Flags(staged=True))
