"""A real cluster for this machine: `python -m tools.cluster up|down|status|kubectl|ports`.

Progress goes to standard error; standard output holds the answer alone, so that
`export KUBECONFIG=$(make -s cluster)` works.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable

from tools.cluster import kind, own
from tools.cluster.home import OWN, ClusterHome, Phase, cluster_home, read_state
from tools.local.console import OUT, complain
from tools.local.problem import Problem
from tools.toolchain import programs

SETTING = "CODEZEST_CLUSTER"
KINDS = (OWN, kind.KIND)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words, given = _split(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(words, argparse.Namespace(given=given))
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except Problem as problem:
        complain(problem, "")
        return 1
    except programs.ToolError as error:
        complain(Problem(str(error), "`make cluster` goes on from there."), "A program is missing:")
        return 1
    except KeyboardInterrupt:
        return 130


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Our own words, and those after `kubectl`, which are its own whatever they look like."""
    end = words.index("kubectl") + 1 if "kubectl" in words else len(words)
    return words[:end], words[end:]


def _up(options: argparse.Namespace) -> int:
    # Asked to end, a start ends what it began, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    home = cluster_home(options.home)
    if _kind(options.kind) == kind.KIND:
        kind.up(home)
    else:
        own.up(home)
    OUT.print(str(home.kubeconfig), markup=False)
    return 0


def _kind(chosen: str | None) -> str:
    """The kind of cluster that is asked for, else the one this machine can have. Raises Problem for an unknown one."""
    wanted = chosen or os.environ.get(SETTING)
    if not wanted:
        return kind.KIND if kind.engine_answers() else OWN
    if wanted not in KINDS:
        raise Problem(f"There is no kind of cluster called {wanted!r}.", f"Set {SETTING} to one of {', '.join(KINDS)}.")
    return wanted


def _down(options: argparse.Namespace) -> int:
    home = cluster_home(options.home)
    state = read_state(home)
    if state is not None and state.kind == kind.KIND:
        kind.down(home)
    else:
        own.down(home)
    return 0


def _status(options: argparse.Namespace) -> int:
    home = cluster_home(options.home)
    state = read_state(home)
    if state is not None and state.kind == kind.KIND:
        return kind.show(home, state)
    return own.show(home, state)


def _kubectl(options: argparse.Namespace) -> int:
    kubeconfig = _running(cluster_home(options.home)).kubeconfig
    kubectl = programs.ensure("kubectl")
    os.execv(kubectl, [str(kubectl), f"--kubeconfig={kubeconfig}", *options.given])


def _ports(options: argparse.Namespace) -> int:
    home = _running(cluster_home(options.home))
    state = read_state(home)
    base = state.base if state else 0
    OUT.print(json.dumps({"ingress": base, "registry": base + 1, "api": base + 2}, indent=2), markup=False)
    return 0


def _running(home: ClusterHome) -> ClusterHome:
    state = read_state(home)
    if state is None or state.phase is not Phase.ready or not home.kubeconfig.exists():
        raise Problem(f"{home.terms.name} does not run in {home.path}.", f"Start it with `{home.terms.start}`.")
    return home


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__)
    parser.add_argument("--home", help="the cluster's folder (default .cluster, or CODEZEST_CLUSTER_HOME)")
    commands = parser.add_subparsers(required=True)
    up = commands.add_parser("up", help="start a cluster, install what every cluster has, print its kubeconfig")
    up.add_argument("--kind", choices=KINDS, help=f"else {SETTING}, else kind where a Docker engine answers, else own")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="stop it; its data are gone, pushed images stay").set_defaults(run=_down)
    commands.add_parser("status", help="what runs").set_defaults(run=_status)
    commands.add_parser("kubectl", help="all that follows goes to kubectl, as administrator").set_defaults(run=_kubectl)
    commands.add_parser("ports", help="its ports on 127.0.0.1 as JSON").set_defaults(run=_ports)
    return parser


if __name__ == "__main__":
    sys.exit(main())
