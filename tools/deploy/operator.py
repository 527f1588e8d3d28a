"""`make operator-yaml`: the operator's chart as one file for `kubectl apply --server-side`, its namespace included."""

import argparse
import subprocess
import sys
from pathlib import Path

from tools.toolchain import programs

ROOT = Path(__file__).parents[2]
NAMESPACE = "codezest-system"
SECONDS = 60
HEAD = f"""# The operator of CodeZest. Install or upgrade it: kubectl apply --server-side --filename=operator.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels: {{pod-security.kubernetes.io/enforce: restricted}}
---
"""


def main() -> None:
    """Print the file; exit 1 with helm's reason."""
    parser = argparse.ArgumentParser(prog="make operator-yaml", description=__doc__)
    parser.add_argument("--registry", default="", help="where all of CodeZest's images are")
    options = parser.parse_args()
    print(operator_yaml(options.registry), end="")


def operator_yaml(registry: str) -> str:
    """The file's text. SystemExit with helm's reason."""
    words = ["template", "operator", str(ROOT / "charts/operator"), "--namespace", NAMESPACE]
    command = [str(programs.ensure("helm")), *words, "--set", f"image.registry={registry}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        sys.exit(f"The operator's chart could not be rendered:\n{done.stderr}")
    # Helm leaves out the namespace where a chart does; kubectl would then take its current one.
    return HEAD + with_namespace(done.stdout)


def with_namespace(rendered: str) -> str:
    """The same objects, each that has a namespace with its own. Only the first `metadata` of an object is its own."""
    parts = []
    for part in rendered.split("\n---\n"):
        clusterwide = any(
            f"\nkind: {kind}\n" in part for kind in ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition")
        )
        parts.append(
            part if clusterwide else part.replace("\nmetadata:\n", f"\nmetadata:\n  namespace: {NAMESPACE}\n", 1)
        )
    return "\n---\n".join(parts)


if __name__ == "__main__":
    main()
