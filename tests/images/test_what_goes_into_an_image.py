"""What a service's image is made of, before anything is built."""

import re
from pathlib import Path

import pytest

from tools.database.services import services
from tools.images.commands import ImageError, run
from tools.images.context import code, packed_programs, recipe, revision
from tools.images.wheels import LOCK, requirements
from tools.images.wheels import ROOT as REPOSITORY

pytestmark = pytest.mark.thorough  # asks the package index


def names(listed: str) -> set[str]:
    return {line.partition("==")[0] for line in listed.splitlines() if not line.startswith(" ")}


@pytest.mark.parametrize("service", services())
def test_it_holds_the_service_and_nothing_of_the_others(service: str) -> None:
    paths = {str(path.relative_to(REPOSITORY)) for path in code(service)}
    assert {f"services/{service}/main.py", f"shared/db/{service}.py", "shared/http/serve.py"} <= paths
    assert any(path.startswith(f"shared/db/migrations/{service}/versions/") for path in paths)
    for other in set(services()) - {service}:
        foreign = (f"services/{other}/", f"shared/db/{other}.py", f"shared/db/migrations/{other}/")
        assert not [path for path in paths if path.startswith(foreign)]
    assert not [path for path in paths if path.endswith((".pyc", "pyproject.toml", "values.yaml"))]


def test_it_installs_what_the_service_needs_and_no_tool_of_developers() -> None:
    auth, activity = requirements("auth"), requirements("activity")
    assert {"fastapi", "argon2-cffi", "cffi", "sqlalchemy", "greenlet"} <= names(auth)
    assert not {"pytest", "uv", "ruff", "stripe", "watchfiles"} & names(auth)
    assert "argon2-cffi" not in names(activity)
    assert all(line.startswith(("    --hash=sha256:",)) or "==" in line for line in auth.splitlines())


def test_only_what_is_for_development_reloads() -> None:
    assert "watchfiles" in names(recipe("auth", target="dev", base="b").requirements)


def test_the_tag_changes_with_all_that_is_in_it() -> None:
    before = recipe("auth", target="service", base="one").tag
    assert before == recipe("auth", target="service", base="one").tag
    others = [
        recipe("auth", target="service", base="another"),
        recipe("auth", target="dev", base="one"),
        recipe("activity", target="service", base="one"),
    ]
    assert len({before, *(other.tag for other in others)}) == 4
    file = REPOSITORY / "services/auth/data/zz-test-of-the-tag.txt"
    file.write_text("")
    try:
        assert recipe("auth", target="service", base="one").tag != before
    finally:
        file.unlink()


def test_what_the_lock_does_not_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text((REPOSITORY / LOCK).read_text().replace("\nargon2-cffi==", "\nargon3-cffi=="))
    folder = tmp_path / "services/auth"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_bytes((REPOSITORY / "services/auth/pyproject.toml").read_bytes())
    with pytest.raises(ImageError, match=r"requirements\.lock does not name argon2-cffi"):
        requirements("auth", root=tmp_path)


def test_a_service_that_does_not_exist_is_named() -> None:
    with pytest.raises(ImageError, match="is nobody the name of a service"):
        requirements("nobody")


def test_a_program_that_fails_is_quoted_with_what_to_do() -> None:
    with pytest.raises(ImageError, match=r"(?s)sh -c echo.*broken.*Mend it\."):
        run(["sh", "-c", "echo broken >&2; exit 3"], minutes=1, remedy="Mend it.")
    with pytest.raises(ImageError, match="was not done after"):
        run(["sleep", "5"], minutes=0.001, remedy="")
    with pytest.raises(ImageError, match="not on this machine"):
        run(["no-such-program"], minutes=1, remedy="")


def test_the_operators_holds_what_it_installs_and_no_service() -> None:
    paths = {str(path.relative_to(REPOSITORY)) for path in code("operator")}
    assert {
        "operator/codezest_operator/main.py",
        "charts/platform/Chart.yaml",
        "charts/platform/components/pubsub.yaml",
        "charts/service/values.schema.json",
        "services/auth/values.yaml",
    } <= paths
    assert not [
        path for path in paths if path.startswith(("services/", "shared/")) and not path.endswith("values.yaml")
    ]
    assert packed_programs("operator").keys() == {"helm"}
    of = recipe("operator", target="dev", base="b")
    assert of.target == "operator"
    assert {"kopf", "lightkube"} <= names(of.requirements)
    assert not {"fastapi", "watchfiles"} & names(of.requirements)


def test_the_revision_is_the_commit() -> None:
    assert re.fullmatch("[0-9a-f]{40}", revision())
