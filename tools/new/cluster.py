"""A new service's part of skaffold.yaml: its image, its release, and in each profile what the last service has."""

import re

from tools.new.refusal import Refused
from tools.new.templates import fill

ARTIFACT = """\
    - image: codezest-__service__
      custom:
        buildCommand: *make
        dependencies: {paths: [services/__service__, shared, Dockerfile, requirements.lock], ignore: *unread}
      sync: *reload
"""
RELEASE = """\
      - name: __service__
        dependsOn: *after
        chartPath: charts/service
        valuesFiles: [services/__service__/values.yaml]
        namespace: codezest
        wait: true
        setValueTemplates:
          global.publicUrl: *public-url
          image.repository: "{{.IMAGE_REPO_codezest___service__}}"
          image.tag: "{{.IMAGE_TAG_codezest___service__}}@{{.IMAGE_DIGEST_codezest___service__}}"
"""
BACK = "Bring the file back into its usual layout, or teach tools/new/cluster.py the new one."
IMAGE = re.compile(r"^    - image: codezest-(.*)$", re.MULTILINE)
DEPLOY, PROFILES, TRIALS = "\ndeploy:\n", "\nprofiles:\n", "  # Beside another profile"


def with_service(text: str, name: str) -> str:
    """The text of skaffold.yaml with the service in it. Refused if it does not look as it did when this was written."""
    for mark in (DEPLOY, PROFILES, TRIALS):
        if text.count(mark) != 1:
            raise Refused(f"skaffold.yaml has {mark.strip()!r} {text.count(mark)} times, not once. {BACK}")
    head, rest = text.split(DEPLOY)
    deploy, rest = rest.split(PROFILES)
    profiles, trials = rest.split(TRIALS)
    made = IMAGE.findall(head)
    patched = _patched(_patched(profiles, "artifacts", len(made) - 1), "releases", len(made))
    patched = _named(patched, made[-1], name)
    return f"{head}{fill(ARTIFACT, name)}{DEPLOY}{deploy}{fill(RELEASE, name)}{PROFILES}{patched}{TRIALS}{trials}"


def _patched(profiles: str, kind: str, last: int) -> str:
    """Say of one more image or release whatever is said of the last one."""
    line = re.compile(rf"^(      - \{{op: .*/{kind}/){last}(/.*)\n", re.MULTILINE)
    if not line.search(profiles):
        raise Refused(f"skaffold.yaml's profiles say nothing of {kind}/{last}. {BACK}")
    return line.sub(rf"\g<0>\g<1>{last + 1}\g<2>\n", profiles)


def _named(profiles: str, last: str, name: str) -> str:
    """Say of one more service whatever a CodeZest says of the last one."""
    lines = re.compile(rf"(?:^ +spec\.services\.{last}\..*\n)+", re.MULTILINE)
    found = lines.findall(profiles)
    if len(found) != 1:
        raise Refused(f"skaffold.yaml's profiles name {last} in {len(found)} places, not one. {BACK}")
    return profiles.replace(
        found[0], found[0] + found[0].replace(f".{last}.", f".{name}.").replace(f"_{last}}}", f"_{name}}}")
    )
