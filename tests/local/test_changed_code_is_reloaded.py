"""RELOAD=1: a change restarts the services it belongs to."""

import pytest

from tools.local.reload import affected
from tools.local.site import ROOT

SERVICES = ("auth", "learning")


@pytest.mark.parametrize(
    ("changed", "restarted"),
    [
        ("services/auth/api/users.py", ["auth"]),
        ("shared/http/app.py", ["auth", "learning"]),
        ("services/grader/main.py", []),
    ],
)
def test_a_service_is_restarted_for_its_own_files_and_all_for_shared_ones(changed: str, restarted: list[str]) -> None:
    assert affected([ROOT / changed], SERVICES) == restarted
