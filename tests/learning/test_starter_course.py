"""The starter course keeps the promises of services/learning/courses/README.md: shape, texts, examples, assignments."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token

pytestmark = pytest.mark.thorough

COURSE = Path(__file__).parents[2] / "services" / "learning" / "courses" / "starter"
EXAMPLE_SECONDS = 5
GRADING_SECONDS = 30

Graded = Callable[[Path], dict[str, set[str]]]

ID = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}
SLUG = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60}
TITLE = {"type": "string", "pattern": r"^\S.{0,78}\S$"}
LESSON_FILE = {"type": "string", "pattern": r"^lessons/[a-z0-9-]+\.md$"}
# The hyphen in the folder keeps course material out of sight of tools that look for Python packages.
PROMPT_FILE = {"type": "string", "pattern": r"^assignments/[a-z0-9]+(-[a-z0-9]+)+/[a-z0-9_-]+\.md$"}
CODE_FILE = {"type": "string", "pattern": r"^assignments/[a-z0-9]+(-[a-z0-9]+)+/[a-z0-9_]+\.py$"}


def _closed(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object schema that demands every property but the optional ones, and refuses unknown ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _some(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}


ASSIGNMENT = _closed(
    {
        "id": ID,
        "slug": SLUG,
        "title": TITLE,
        "prompt": PROMPT_FILE,
        "starter": CODE_FILE,
        "tests": _closed({"visible": _some(CODE_FILE), "hidden": _some(CODE_FILE)}),
        "points": {"type": "integer", "minimum": 1, "maximum": 1000},
    }
)
LESSON = _closed(
    {
        "id": ID,
        "slug": SLUG,
        "title": TITLE,
        "file": LESSON_FILE,
        "access": {"enum": ["free", "pro"]},
        "minutes": {"type": "integer", "minimum": 1, "maximum": 240},
        "assignment": ASSIGNMENT,
    },
    optional=("assignment",),
)
SCHEMA = _closed(
    {
        "id": ID,
        "slug": SLUG,
        "title": TITLE,
        "summary": {"type": "string", "minLength": 40, "maxLength": 400},
        "language": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Z]{2})?$"},
        "modules": _some(_closed({"id": ID, "slug": SLUG, "title": TITLE, "lessons": _some(LESSON)})),
    }
)

MANIFEST: dict[str, Any] = yaml.safe_load((COURSE / "course.yaml").read_text(encoding="utf-8"))
LESSONS: list[dict[str, Any]] = [lesson for module in MANIFEST["modules"] for lesson in module["lessons"]]
ASSIGNMENTS: list[dict[str, Any]] = [lesson["assignment"] for lesson in LESSONS if "assignment" in lesson]
TEXTS = [lesson["file"] for lesson in LESSONS] + [assignment["prompt"] for assignment in ASSIGNMENTS]


def _solutions(assignment: dict[str, Any], pattern: str) -> list[Path]:
    return sorted((COURSE / "solutions" / assignment["slug"]).glob(pattern))


def _files_of(assignment: dict[str, Any]) -> Iterator[str]:
    yield assignment["prompt"]
    yield assignment["starter"]
    yield from assignment["tests"]["visible"]
    yield from assignment["tests"]["hidden"]


def _named_files() -> list[str]:
    named = ["course.yaml", *(lesson["file"] for lesson in LESSONS)]
    return named + [name for assignment in ASSIGNMENTS for name in _files_of(assignment)]


def _tokens(file: str) -> list[Token]:
    # With tables, as readers see them: otherwise their cells would count as one long line of prose.
    return MarkdownIt().enable("table").parse((COURSE / file).read_text(encoding="utf-8"))


def _fences(file: str) -> list[Token]:
    return [token for token in _tokens(file) if token.type == "fence"]


def _examples(info: str) -> list[Any]:
    """Every fence of that kind in all texts, with its place as the test's name, and the fence after it."""
    found = []
    for file in TEXTS:
        fences = [*_fences(file), Token("end", "", 0)]
        for fence, following in pairwise(fences):
            if fence.info == info and fence.map is not None:
                found.append(pytest.param(fence, following, id=f"{file}:{fence.map[0] + 1}"))
    return found


def _run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # -I: the example sees neither this checkout nor the caller's settings; -X utf8: it prints the same everywhere.
    return subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-c", code],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=EXAMPLE_SECONDS,
    )


# Every submission is graded by a pytest of its own, in a process that saw no other one. Importing pytest takes longer than
# grading, so they are all forked from one process that has imported it and nothing else.
GRADER = f"""
import os, pathlib, signal, sys
import pytest

pytest.main(["--version"])  # imports the rest
for folder in sys.argv[1:]:
    if os.fork() == 0:
        signal.alarm({GRADING_SECONDS})
        os.chdir(folder)
        said = os.open("said.txt", os.O_CREAT | os.O_WRONLY)
        os.dup2(said, 1)
        os.dup2(said, 2)
        tests = sorted(str(test) for test in pathlib.Path().glob("test_*.py"))
        sys.exit(pytest.main(["-rA", "--tb=no", "--rootdir=.", "-p", "no:cacheprovider", *tests]))
    pathlib.Path(folder, "status.txt").write_text(str(os.waitstatus_to_exitcode(os.wait()[1])))
"""


def _submissions(assignment: dict[str, Any]) -> list[Path]:
    """The starter file, the reference and the common mistakes."""
    return [COURSE / assignment["starter"], *_solutions(assignment, "*.py")]


def _lay_out(assignment: dict[str, Any], submission: Path, folder: Path) -> None:
    """Submission and tests side by side in an empty folder."""
    shutil.copy(submission, folder / Path(assignment["starter"]).name)
    for test in [*assignment["tests"]["visible"], *assignment["tests"]["hidden"]]:
        shutil.copy(COURSE / test, folder)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Names of the tests by outcome (PASSED, FAILED), of any submission."""
    folders: dict[Path, Path] = {}
    for assignment in ASSIGNMENTS:
        for submission in _submissions(assignment):
            folders[submission] = tmp_path_factory.mktemp("submission")
            _lay_out(assignment, submission, folders[submission])
    subprocess.run(
        [sys.executable, "-I", "-B", "-c", GRADER, *map(str, folders.values())],
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_DEBUG_TEMPROOT": str(tmp_path_factory.getbasetemp())},
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=GRADING_SECONDS * len(folders),
    )
    return lambda submission: _outcomes(submission, folders[submission])


def _outcomes(submission: Path, folder: Path) -> dict[str, set[str]]:
    said, status = (folder / "said.txt").read_text(encoding="utf-8"), (folder / "status.txt").read_text()
    # 0: all passed, 1: some failed. Anything else means that the files could not even be imported, or took too long.
    assert status in {"0", "1"}, f"{submission.name} could not be graded ({status}):\n{said}"
    outcomes = re.findall(r"^(PASSED|FAILED) (\S+\.py::\S+)", said, flags=re.MULTILINE)
    return {kind: {name for found, name in outcomes if found == kind} for kind in ("PASSED", "FAILED")}


def test_the_manifest_has_the_documented_shape() -> None:
    errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(MANIFEST)]
    assert errors == []


def test_there_are_three_modules_eight_lessons_and_four_assignments() -> None:
    assert (len(MANIFEST["modules"]), len(LESSONS), len(ASSIGNMENTS)) == (3, 8, 4)


def test_every_id_is_used_once() -> None:
    ids = [thing["id"] for thing in (MANIFEST, *MANIFEST["modules"], *LESSONS, *ASSIGNMENTS)]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("things", [MANIFEST["modules"], LESSONS, ASSIGNMENTS], ids=["module", "lesson", "assignment"])
def test_every_slug_is_used_once_among_its_kind(things: list[dict[str, Any]]) -> None:
    slugs = [thing["slug"] for thing in things]
    assert sorted(set(slugs)) == sorted(slugs)


def test_the_start_is_free_and_a_later_module_is_pro() -> None:
    access = [[lesson["access"] for lesson in module["lessons"]] for module in MANIFEST["modules"]]
    assert set(access[0]) == {"free"}
    assert [lesson["access"] for lesson in LESSONS[:4]] == ["free"] * 4
    assert any(module.count("pro") >= 2 for module in access[1:])


def test_every_file_is_named_once_and_no_file_is_stray() -> None:
    solutions = [
        path.relative_to(COURSE).as_posix()
        for assignment in ASSIGNMENTS
        for path in [*_solutions(assignment, "reference.py"), *_solutions(assignment, "wrong_*.py")]
    ]
    present = [path for path in COURSE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sorted(path.relative_to(COURSE).as_posix() for path in present) == sorted(_named_files() + solutions)


def test_every_assignment_has_a_reference_and_a_common_mistake() -> None:
    for assignment in ASSIGNMENTS:
        assert len(_solutions(assignment, "reference.py")) == 1, assignment["slug"]
        assert len(_solutions(assignment, "wrong_*.py")) >= 1, assignment["slug"]


@pytest.mark.parametrize("file", TEXTS)
def test_a_text_leaves_the_title_to_the_manifest_and_has_no_raw_html(file: str) -> None:
    tokens = [inner for token in _tokens(file) for inner in (token, *(token.children or []))]
    assert [token.map for token in tokens if token.type == "heading_open" and token.tag == "h1"] == []
    assert [token.content for token in tokens if token.type in {"html_block", "html_inline"}] == []


@pytest.mark.parametrize("file", TEXTS)
def test_code_fences_are_closed_and_of_a_known_kind(file: str) -> None:
    lines = (COURSE / file).read_text(encoding="utf-8").splitlines()
    for fence in _fences(file):
        assert fence.map is not None
        first, end = fence.map
        assert lines[end - 1] == "```", f"{file}:{first + 1} is never closed"
        assert not re.search("^```", fence.content, flags=re.MULTILINE), f"{file}:{first + 1} swallows another fence"
        assert fence.info in {"python", "python run", "python fails", "output", "text"}, f"{file}:{first + 1}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson["slug"])
def test_a_lesson_states_its_goal_shows_running_code_and_has_250_to_600_words(lesson: dict[str, Any]) -> None:
    words = sum(len(token.content.split()) for token in _tokens(lesson["file"]) if token.type == "inline")
    assert (COURSE / lesson["file"]).read_text(encoding="utf-8").startswith("**Goal:** ")
    assert 250 <= words <= 600
    assert sum(fence.info == "python run" for fence in _fences(lesson["file"])) >= 2


@pytest.mark.parametrize(("fence", "_following"), _examples("python"))
def test_a_fragment_compiles(fence: Token, _following: Token) -> None:
    compile(fence.content, "fragment", "exec")


@pytest.mark.parametrize(("fence", "following"), _examples("python run"))
def test_a_runnable_example_prints_what_the_text_shows(fence: Token, following: Token, tmp_path: Path) -> None:
    compile(fence.content, "example", "exec")
    done = _run(fence.content, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert following.info == "output", "an output fence must follow a runnable example"
    assert done.stdout == following.content


@pytest.mark.parametrize(("fence", "following"), _examples("python fails"))
def test_a_failing_example_ends_with_the_message_the_text_shows(fence: Token, following: Token, tmp_path: Path) -> None:
    compile(fence.content, "example", "exec")
    done = _run(fence.content, tmp_path)
    assert following.info == "output", "an output fence must follow a failing example"
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (1, following.content.splitlines())


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment["slug"])
def test_the_reference_solution_passes_every_test(assignment: dict[str, Any], graded: Graded) -> None:
    outcomes = graded(_solutions(assignment, "reference.py")[0])
    assert outcomes["FAILED"] == set()
    assert {name.partition("::")[0] for name in outcomes["PASSED"]} == {"test_visible.py", "test_hidden.py"}


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment["slug"])
def test_the_starter_file_can_be_graded_and_fails_a_visible_test(assignment: dict[str, Any], graded: Graded) -> None:
    assert any(name.startswith("test_visible.py") for name in graded(COURSE / assignment["starter"])["FAILED"])


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment["slug"])
def test_common_mistakes_fail_and_one_of_them_only_in_hidden_tests(assignment: dict[str, Any], graded: Graded) -> None:
    only_hidden = []
    for mistake in _solutions(assignment, "wrong_*.py"):
        failed = graded(mistake)["FAILED"]
        assert failed, f"{mistake.name} passes every test"
        only_hidden.append(all(name.startswith("test_hidden.py") for name in failed))
    assert any(only_hidden), "the hidden tests find nothing that the visible ones do not show"
