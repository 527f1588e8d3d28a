"""skaffold.yaml says of each service what `make deploy` does: one image, one release, the same chart and values."""

from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from tools.database.services import ROOT, services

CONFIG: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
ARTIFACTS: list[dict[str, Any]] = CONFIG["build"]["artifacts"]
RELEASES: list[dict[str, Any]] = CONFIG["deploy"]["helm"]["releases"]
PROFILES: dict[str, Any] = {profile["name"]: profile for profile in CONFIG["profiles"]}


def patched(profile: str, path: str) -> Any:
    """What a profile puts there."""
    return next(patch["value"] for patch in PROFILES[profile]["patches"] if patch["path"] == path)


def test_every_service_has_one_image_and_one_release_after_the_platforms() -> None:
    made = [artifact["image"].removeprefix("codezest-") for artifact in ARTIFACTS]
    assert sorted(made) == sorted(services())
    assert [release["name"] for release in RELEASES] == ["platform", *made]


@pytest.mark.parametrize("name", services())
def test_a_release_takes_the_services_own_values_and_its_image(name: str) -> None:
    release = next(release for release in RELEASES if release["name"] == name)
    assert (release["chartPath"], release["valuesFiles"]) == ("charts/service", [f"services/{name}/values.yaml"])
    assert release["dependsOn"] == ["platform"]
    given = release["setValueTemplates"]
    assert given["image.repository"] == f"{{{{.IMAGE_REPO_codezest_{name}}}}}"
    assert given["image.tag"] == f"{{{{.IMAGE_TAG_codezest_{name}}}}}@{{{{.IMAGE_DIGEST_codezest_{name}}}}}"


@pytest.mark.parametrize("name", services())
def test_an_image_is_made_again_when_what_is_in_it_changes(name: str) -> None:
    artifact = next(artifact for artifact in ARTIFACTS if artifact["image"] == f"codezest-{name}")
    watched = artifact["custom"]["dependencies"]["paths"]
    assert watched == [f"services/{name}", "shared", "Dockerfile", "requirements.lock"]
    assert all((ROOT / path).exists() for path in watched)
    assert "--target" not in artifact["custom"]["buildCommand"]


def test_what_is_synced_lands_where_the_image_has_it() -> None:
    rules = ARTIFACTS[0]["sync"]["manual"]
    assert {rule["dest"] for rule in rules} == {"/app"}
    for path in ("services/auth/main.py", "services/auth/domain/users.py", "shared/errors.py", "shared/http/app.py"):
        assert any(fnmatch(path, rule["src"].replace("**/", "*")) for rule in rules), path


def test_dev_makes_every_image_to_be_written_into_and_lets_every_service_be() -> None:
    assert PROFILES["dev"]["activation"] == [{"command": "dev"}]
    for number in range(len(ARTIFACTS)):
        command = patched("dev", f"/build/artifacts/{number}/custom/buildCommand")
        assert command == f"{ARTIFACTS[number]['custom']['buildCommand']} --target dev"
        assert patched("dev", f"/deploy/helm/releases/{number + 1}/setValues")["writableRoot"] is True


def test_in_the_loop_images_are_told_apart_by_what_is_in_them() -> None:
    assert patched("dev", "/build/tagPolicy") == {"sha256": {}}
    assert CONFIG["build"]["tagPolicy"] == {"inputDigest": {}}
    assert "requirements.lock" not in patched("trials", "/build/artifacts/-")["custom"]["dependencies"]["paths"]


def test_production_has_two_of_each_service_and_nothing_of_a_trial() -> None:
    own = patched("prod", "/deploy/helm/releases/0/setValues")
    assert own["secrets.mode"] == "existing"
    assert [own[f"{name}.enabled"] for name in ("postgres", "redis", "zipkin")] == [False] * 3
    installation = patched("prod", "/deploy/helm/releases/0/valuesFiles")
    removed = [patch["path"] for patch in PROFILES["prod"]["patches"] if patch["op"] == "remove"]
    assert removed == [
        f"/deploy/helm/releases/{number}/setValueTemplates/global.publicUrl" for number in range(len(RELEASES))
    ]
    for number in range(1, len(RELEASES)):
        assert patched("prod", f"/deploy/helm/releases/{number}/setValues") == {"replicas": 2}
        assert [patched("prod", f"/deploy/helm/releases/{number}/valuesFiles/-")] == installation


def test_trials_bring_stand_ins_to_the_services_that_need_them() -> None:
    for number, release in enumerate(RELEASES):
        values = ROOT / f"charts/stand-ins/values/{release['name']}.yaml"
        if values.exists():
            path = f"/deploy/helm/releases/{number}/valuesFiles/-"
            assert patched("trials", path) == str(values.relative_to(ROOT))
    assert len(list((ROOT / "charts/stand-ins/values").iterdir())) == 3  # and the CodeZest's


def test_the_operators_loop_names_every_image_in_the_codezest_and_lets_every_service_be() -> None:
    operator, codezest, stand_ins = patched("operator", "/deploy/helm/releases")
    assert operator["setValueTemplates"]["image.repository"] == "{{.IMAGE_REPO_codezest_operator}}"
    assert (codezest["dependsOn"], stand_ins["dependsOn"]) == ([operator["name"]], [codezest["name"]])
    given = codezest["setValueTemplates"]
    for name in services():
        image = RELEASES[[one["name"] for one in RELEASES].index(name)]["setValueTemplates"]
        for part in ("image.repository", "image.tag"):
            assert given[f"spec.services.{name}.{part}"] == image[part]
        assert given[f"spec.services.{name}.values.writableRoot"] == "true"


def test_the_codezest_of_the_loop_tells_services_of_the_stand_ins_what_the_charts_do() -> None:
    values = yaml.safe_load((ROOT / "charts/stand-ins/values/codezest.yaml").read_text())["spec"]
    for name in ("notifications", "payments"):
        own = yaml.safe_load((ROOT / f"charts/stand-ins/values/{name}.yaml").read_text())
        assert values["services"][name]["values"]["egress"] == own["egress"]
    mail = {f"smtp_{key}": value for key, value in values["email"].items()}
    assert mail == yaml.safe_load((ROOT / "charts/stand-ins/values/notifications.yaml").read_text())["settings"]
