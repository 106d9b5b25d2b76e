"""The gates hold: real commits through a real pre-commit, and the workflow that guards pull requests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.project import copy_project

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
VICTIM = "003_drawbridge.txt"
PACKED = "004_lighthouse.txt"


class Repository:
    """A git repository with its own surroundings: no settings, identity or hooks of the user's."""

    def __init__(self, path: Path, environment: dict[str, str]) -> None:
        self.path = path
        self.environment = environment

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout
        return done

    def commit(self, check: bool = False) -> subprocess.CompletedProcess[str]:
        self.run("git", "add", "--all")
        return self.run("git", "commit", "--allow-empty", "--message=x", check=check)

    @property
    def head(self) -> str:
        return self.run("git", "rev-parse", "HEAD").stdout.strip()

    def document(self, name: str) -> Path:
        return self.path / "seeds" / name


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").write_text("[user]\n  name = A\n  email = a@example.org\n[init]\n  defaultBranch = main\n")
    inherited = {key: text for key, text in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))}
    return inherited | {
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PYTHONUTF8": "1",
    }


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, surroundings: dict[str, str]) -> Repository:
    """This project as others would name it in their settings: its present files, committed."""
    repository = Repository(tmp_path_factory.mktemp("published"), surroundings)
    copy_project(repository.path)
    repository.run("git", "init")
    repository.commit(check=True)
    return repository


def guarded(path: Path, published: Repository, settings: str) -> Repository:
    """Somebody's repository with a copy of the sample collection, guarded as a page of ours says."""
    repository = Repository(path, published.environment)
    shutil.copytree(ROOT / "seeds", repository.path / "seeds")
    shutil.copy(ROOT / ".gitattributes", repository.path)
    (repository.path / "shopping.txt").write_text("a lamp\n")
    hooks = yaml.safe_load(settings)
    hooks["repos"][0] |= {"repo": str(published.path), "rev": published.head}
    (repository.path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(hooks))
    repository.run("git", "init")
    repository.commit(check=True)
    repository.run(sys.executable, "-m", "pre_commit", "install", "--install-hooks")
    return repository


CHECKING, MENDING = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs" / "pre-commit.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory, published: Repository) -> Repository:
    return guarded(tmp_path_factory.mktemp("checked"), published, CHECKING)


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory, published: Repository) -> Repository:
    return guarded(tmp_path_factory.mktemp("mended"), published, MENDING)


@pytest.fixture
def repository(checked: Repository, tmp_path: Path) -> Repository:
    shutil.copytree(checked.path, tmp_path / "repository")
    return Repository(tmp_path / "repository", checked.environment)


@pytest.fixture
def mending(mended: Repository, tmp_path: Path) -> Repository:
    shutil.copytree(mended.path, tmp_path / "repository")
    return Repository(tmp_path / "repository", mended.environment)


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def row_of(name: str, index: bytes) -> bytes:
    return next(line for line in index.splitlines(keepends=True) if name.encode() in line)


def delete(repository: Repository) -> None:
    repository.document(VICTIM).unlink()


def delete_with_entry(repository: Repository) -> None:
    delete(repository)
    edit(repository.document("INDEX.md"), lambda index: index.replace(row_of(VICTIM, index), b""))


def rewrite(repository: Repository) -> None:
    edit(repository.document(VICTIM), lambda text: text.replace("луна".encode(), "льдина".encode()))


def cut(repository: Repository) -> None:
    edit(repository.document(VICTIM), lambda text: text[:-100])


def rename(repository: Repository) -> None:
    repository.document(VICTIM).rename(repository.document("003_bascule.txt"))


def add(repository: Repository) -> None:
    repository.document("008_stowaway.txt").write_text("Nobody counted me.\n", newline="\n")


def enter(repository: Repository, name: str, id: str) -> None:
    """Give a document the row that it deserves."""
    data = repository.document(name).read_bytes()
    row = f"| {id} | {name} | {len(data)} | {sha256(data).hexdigest()} | | |\n".encode()
    others = repository.document("INDEX.md").read_bytes().splitlines(keepends=True)
    repository.document("INDEX.md").write_bytes(b"".join(line for line in others if name.encode() not in line) + row)


def add_with_entry(repository: Repository) -> None:
    add(repository)
    enter(repository, "008_stowaway.txt", "008")


def rewrite_with_entry(repository: Repository) -> None:
    rewrite(repository)
    enter(repository, VICTIM, "003")


def rewrite_original_of_copy(repository: Repository) -> None:
    edit(repository.document(PACKED), lambda text: text.replace(b"beurre", b"sucre"))
    enter(repository, PACKED, "004")


def break_index(repository: Repository) -> None:
    edit(repository.document("INDEX.md"), lambda index: index.replace(b"| name ", b"| nome ", 1))


def delete_index(repository: Repository) -> None:
    repository.document("INDEX.md").unlink()


def change_elsewhere(repository: Repository) -> None:
    (repository.path / "shopping.txt").write_bytes(b"a lamp\r\ntwo lamps")


def change_nothing(repository: Repository) -> None:
    pass


@pytest.mark.parametrize(
    "change", [change_nothing, change_elsewhere, delete_with_entry, add_with_entry, rewrite_with_entry]
)
def test_a_sound_commit_passes(repository: Repository, change: Callable[[Repository], None]) -> None:
    before = repository.head
    change(repository)
    done = repository.commit()
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout
    assert repository.head != before


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        (delete, "IDX002", VICTIM),
        (rewrite, "IDX006", VICTIM),
        (cut, "IDX006", VICTIM),
        (rename, "IDX004", "003_bascule.txt"),
        (add, "IDX003", "008_stowaway.txt"),
        (rewrite_original_of_copy, "IDX015", PACKED),
        (break_index, "IDX011", "INDEX.md"),
        (delete_index, "IDX001", "INDEX.md"),
    ],
)
def test_a_commit_that_breaks_the_collection_is_refused(
    repository: Repository, change: Callable[[Repository], None], code: str, named: str
) -> None:
    before = repository.head
    change(repository)
    done = repository.commit()
    assert done.returncode == 1
    assert code in done.stdout
    assert named in done.stdout
    assert "exit code: 1" in done.stdout
    assert repository.head == before


def test_a_commit_that_forgets_a_listed_document_is_refused(repository: Repository) -> None:
    add_with_entry(repository)
    repository.run("git", "add", "seeds/INDEX.md")
    done = repository.run("git", "commit", "--message=x", check=False)
    assert done.returncode == 1
    assert "008_stowaway.txt" in done.stdout


def add_with_mark(repository: Repository) -> None:
    """A document that only needs mending, in the index with the digest that it has before."""
    repository.document("008_stowaway.txt").write_bytes(b"\xef\xbb\xbfNobody counted me.\r\nNobody\n")
    enter(repository, "008_stowaway.txt", "008")


@pytest.mark.parametrize(
    ("change", "hook"),
    [(add_with_mark, "validate-fix"), (add, "validate-index"), (rewrite_original_of_copy, "validate-fix")],
)
def test_a_commit_that_can_be_mended_is_stopped_once(
    mending: Repository, change: Callable[[Repository], None], hook: str
) -> None:
    before = mending.head
    change(mending)
    done = mending.commit()
    assert done.returncode == 1
    assert f"- hook id: {hook}\n- files were modified by this hook" in done.stdout
    assert "error" not in done.stdout
    assert mending.head == before
    done = mending.commit()
    assert done.returncode == 0, done.stdout
    assert mending.head != before


def test_what_is_mended_keeps_its_place_in_the_index(mending: Repository) -> None:
    add_with_mark(mending)
    mending.commit()
    content = mending.document("008_stowaway.txt").read_bytes()
    assert content == b"Nobody counted me.\nNobody\n"
    assert sha256(content).hexdigest().encode() in mending.document("INDEX.md").read_bytes()


def test_a_renamed_document_keeps_its_row(mending: Repository) -> None:
    id = row_of(VICTIM, mending.document("INDEX.md").read_bytes()).split(b"|")[1]
    rename(mending)
    assert mending.commit().returncode == 1
    assert mending.commit().returncode == 0
    assert row_of("003_bascule.txt", mending.document("INDEX.md").read_bytes()).split(b"|")[1] == id


@pytest.mark.parametrize("change", [change_nothing, change_elsewhere, delete_with_entry])
def test_a_sound_commit_is_left_as_it_is(mending: Repository, change: Callable[[Repository], None]) -> None:
    change(mending)
    done = mending.commit()
    assert done.returncode == 0, done.stdout
    assert mending.run("git", "status", "--porcelain").stdout == ""


@pytest.mark.parametrize("change", [delete, break_index])
def test_what_nobody_can_mend_is_refused_whatever_else_is_mended(
    mending: Repository, change: Callable[[Repository], None]
) -> None:
    before = mending.head
    change(mending)
    assert mending.commit().returncode == 1
    assert mending.commit().returncode == 1
    assert mending.head == before


def read_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]  # type: ignore[no-any-return]


def is_provided(command: str) -> bool:
    """Whether a command is ours, or installed, or comes with an extra, which tests do not need."""
    declared = project()
    extras = {re.split(r"[<>=]", one)[0] for extra in declared["optional-dependencies"].values() for one in extra}
    if {"lint-imports": "import-linter"}.get(command, command) in extras:
        return True
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.path.dirname(sys.executable)])
    return command in declared["scripts"] or shutil.which(command, path=places) is not None


@pytest.mark.parametrize(
    ("command", "file"),
    [("validate-manifest", ".pre-commit-hooks.yaml"), ("validate-config", ".pre-commit-config.yaml")],
)
def test_pre_commit_accepts_our_files(command: str, file: str) -> None:
    subprocess.run([sys.executable, "-m", "pre_commit", command, file], cwd=ROOT, check=True)


def test_our_own_hooks_use_the_dependencies_of_the_project() -> None:
    declared = project()
    extras = declared["optional-dependencies"]
    (local,) = read_yaml(".pre-commit-config.yaml")["repos"]
    for hook in local["hooks"]:
        used = set(hook["additional_dependencies"])
        assert set(declared["dependencies"]) <= used <= {*declared["dependencies"], *extras["test"], *extras["lint"]}
        assert is_provided(hook["entry"].split()[0])


def test_the_workflow_guards_pull_requests_and_may_only_read() -> None:
    workflow = read_yaml(".github/workflows/ci.yml")
    assert "pull_request" in workflow[True]  # YAML 1.1 takes the key `on` for a truth value
    assert workflow["permissions"] == {"contents": "read"}
    used = [step["uses"] for step in workflow["jobs"]["gate"]["steps"] if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@v[0-9]+", action)] == []


def test_the_workflow_runs_every_python_that_we_promise() -> None:
    matrix = read_yaml(".github/workflows/ci.yml")["jobs"]["gate"]["strategy"]["matrix"]
    promised = [found[1] for text in project()["classifiers"] if (found := re.search(r":: (3\.[0-9]+)$", text))]
    assert matrix["python"] == promised
    assert {job["os"] for job in matrix["include"]} == {"windows-latest", "macos-latest"}


def test_the_commands_of_the_workflow_exist() -> None:
    steps = read_yaml(".github/workflows/ci.yml")["jobs"]["gate"]["steps"]
    commands = [step["run"].split() for step in steps if "run" in step]
    assert [command[0] for command in commands if not is_provided(command[0])] == []
    (gate,) = [command for command in commands if command[0] == "validate"]
    subprocess.run([sys.executable, "-m", "validator", *gate[1:]], cwd=ROOT, check=True)
