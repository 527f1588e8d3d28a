"""The platform comes first and leaves last; who waits says for what."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from codezest_operator.domain.plan import Action, Sight, plan
from codezest_operator.domain.releases import HelmStatus, Record, State
from tests.operator.samples import NOW, UNWELL, circumstances, installed, wanted, well

RELEASES = wanted()


def test_services_wait_until_the_platform_runs() -> None:
    for platform in (
        Sight(),
        Sight(observed=installed(RELEASES["platform"])),
        replace(well(RELEASES["platform"]), health=UNWELL),
    ):
        (first, *others) = plan(RELEASES, {"platform": platform}, circumstances())
        assert {step.action for step in others} == {Action.wait}
        assert others[0].reason == f"waits for the release platform, which is {first.state}"


def test_services_go_on_together_once_the_platform_runs() -> None:
    steps = plan(RELEASES, {"platform": well(RELEASES["platform"])}, circumstances())
    assert [step.action for step in steps] == [Action.none, Action.install, Action.install]


def test_an_upgrade_of_a_service_touches_no_other() -> None:
    seen = {name: well(one) for name, one in RELEASES.items()}
    changed = wanted(services={"auth": {"replicas": 3}})
    steps = plan(changed, seen, circumstances())
    assert {step.release: step.action for step in steps if step.action is not Action.none} == {"auth": Action.upgrade}


def test_what_a_service_runs_is_looked_at_while_the_platform_waits() -> None:
    seen = {"auth": Sight(observed=installed(RELEASES["auth"]), health=UNWELL)}
    assert plan(RELEASES, seen, circumstances())[1].action is Action.test


def test_the_platform_is_uninstalled_last() -> None:
    seen = {name: well(one) for name, one in RELEASES.items()}
    steps = plan(RELEASES, seen, circumstances(), deleting=True)
    assert [step.action for step in steps] == [Action.wait, Action.uninstall, Action.uninstall]
    assert steps[0].reason == "waits until auth, learning is gone"
    steps = plan(RELEASES, {"platform": seen["platform"]}, circumstances(), deleting=True)
    assert [step.action for step in steps] == [Action.uninstall, Action.none, Action.none]
    assert {step.action for step in plan(RELEASES, {}, circumstances(), deleting=True)} == {Action.none}


OBSERVED = st.builds(
    installed,
    st.sampled_from(list(RELEASES.values())),
    revision=st.integers(1, 4),
    status=st.sampled_from(HelmStatus),
    digest=st.sampled_from(["older", *(one.digest for one in RELEASES.values())]),
    older=st.frozensets(st.integers(1, 3)),
)
RECORDS = st.builds(
    Record,
    revision=st.integers(0, 4),
    attempted=st.sampled_from(["", "older", *(one.digest for one in RELEASES.values())]),
    failures=st.integers(0, 3),
    failed=st.integers(0, 4),
    tested=st.integers(0, 4),
    rolled_back=st.booleans(),
    next_try=st.none() | st.just(NOW),
)
SIGHTS = st.builds(
    Sight, observed=st.none() | OBSERVED, record=RECORDS, health=st.sampled_from([UNWELL, Sight().health])
)


@given(st.fixed_dictionaries(dict.fromkeys(RELEASES, SIGHTS)), st.booleans())
def test_whatever_is_there_the_plan_has_one_step_for_each_release_and_keeps_order(
    seen: dict[str, Sight],
    deleting: bool,  # noqa: FBT001 - hypothesis hands it over
) -> None:
    steps = plan(RELEASES, seen, circumstances(), deleting=deleting)
    assert [step.release for step in steps] == list(RELEASES)
    changing = {step.release for step in steps if step.action.changes}
    ready = steps[0].state in (State.in_sync, State.drifted) and seen["platform"].health.ready
    if deleting:
        assert not {"platform"} < changing
        assert changing or all(step.action in (Action.none, Action.wait) for step in steps)
    else:
        assert ready or changing <= {"platform"}
    assert all(step.reason for step in steps)
