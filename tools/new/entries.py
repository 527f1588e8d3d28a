"""What a new service needs in files that are there already. They are changed as text, so that comments and layout stay."""

import re
from pathlib import Path

from tools.local.ports import DEFAULT_BASE, FURTHER_REPLICAS
from tools.new.cluster import with_service
from tools.new.refusal import Refused
from tools.new.templates import fill

PORTS_PER_SERVICE = 10

DAPR_ENTRY = """
  - appID: __service__
    appDirPath: .
    appPort: {0}
    daprHTTPPort: {1}
    daprGRPCPort: {2}
    daprInternalGRPCPort: {3}
    metricsPort: {4}
    configFilePath: components/configuration/__service__.yaml
    command: [python, -m, shared.http.serve, __service__]
    env:
      CODEZEST_SERVICE: __service__
"""
# The new service reads auth's log, checks tokens with auth's keys, and asks auth which were revoked.
AUTH_POLICY = """\
      - appId: __service__
        defaultAction: deny
        trustDomain: public
        namespace: default
        operations:
          - {name: /bus/log, httpVerb: [GET], action: allow}
          - {name: /.well-known/jwks.json, httpVerb: [GET], action: allow}
          - {name: /internal/v1/revocations, httpVerb: [GET], action: allow}
"""
# Pattern -> replacement, each of which must fit exactly once; `\1` is what stays in front, `\2` behind.
Changes = tuple[tuple[str, str], ...]
SCOPES = (r"(?m)(^scopes: \[[^\]]+)(\])", r"\1, __service__\2")
CHANGES: dict[str, Changes] = {
    "components/pubsub.yaml": (
        (r'(name: allowedTopics[^\n]*\n *value: "[^"]+)(")', r"\1,__service__\2"),
        (r'(name: protectedTopics[^\n]*\n *value: "[^"]+)(")', r"\1,__service__\2"),
        (r'(name: publishingScopes[^\n]*\n *value: "[^"]+)(")', r"\1;__service__=__service__\2"),
        (
            r'(name: subscriptionScopes[^\n]*\n *value: "[^"]*\bactivity=[^;"]+)([^"]*)',
            r"\1,__service__\2;__service__=auth",
        ),
        SCOPES,
    ),
    "components/state.yaml": (SCOPES,),
    "components/resiliency.yaml": (
        (
            r"(\n    apps:\n(?:      \w+: .+\n)+)()",
            "\\1      __service__: {timeout: invocation, retry: invocation, circuitBreaker: invocation}\n",
        ),
    ),
    "components/configuration/auth.yaml": ((r"(\n    policies:\n(?:      .+\n)+)()\Z", rf"\1{AUTH_POLICY}"),),
    # Activity records whatever happens; an event without words stays hidden.
    "services/activity/api/events.py": (
        (r'(on_every_event\(\s*of=\((?:\s*"\w+",)*\s*"\w+"),?(\s*\))', r'\1, "__service__"\2'),
    ),
}


def changed_files(name: str, root: Path) -> dict[str, str]:
    """Path below `root` -> its new text. Refused if a file does not look as it did when this was written."""
    found = {path: _change(root, path, _patterns(changes, name)) for path, changes in CHANGES.items()}
    found["dapr.yaml"] = _with_entry(_read(root, "dapr.yaml"), name)
    found["skaffold.yaml"] = with_service(_read(root, "skaffold.yaml"), name)
    return found


def _patterns(changes: Changes, name: str) -> Changes:
    return tuple((pattern, fill(replacement, name)) for pattern, replacement in changes)


def _change(root: Path, path: str, changes: Changes) -> str:
    text = _read(root, path)
    for pattern, replacement in changes:
        text, times = re.subn(pattern, replacement, text)
        if times != 1:
            raise Refused(
                f"{path} does not look as expected: {pattern!r} fits {times} times, not once. "
                "Bring the file back into its usual layout, or teach tools/new/entries.py the new one."
            )
    return text


def _read(root: Path, path: str) -> str:
    try:
        return (root / path).read_text()
    except FileNotFoundError:
        raise Refused(f"{path} is missing, and every service has an entry there. Bring it back first.") from None


def _with_entry(text: str, name: str) -> str:
    taken = [int(port) for port in re.findall(r"(?m)^    appPort: (\d+)$", text)]
    first = max(taken, default=0) + PORTS_PER_SERVICE
    if not taken or first + PORTS_PER_SERVICE > DEFAULT_BASE + FURTHER_REPLICAS:
        raise Refused(
            f"dapr.yaml has no room for five ports from {first} on: they must stay below "
            f"{DEFAULT_BASE + FURTHER_REPLICAS}. Make room in tools/local/ports.py first."
        )
    return text.rstrip("\n") + "\n" + fill(DAPR_ENTRY, name).format(*range(first, first + 5))
