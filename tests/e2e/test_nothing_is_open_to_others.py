"""The whole platform, every part as `make up` starts it: nobody else on this machine or network reaches or reads it."""

import pytest

from tests.local.exposure import assert_loopback_only, assert_no_secret_on_a_command_line
from tools.local.control import Control

pytestmark = pytest.mark.platform


async def test_everything_listens_on_loopback_only(platform: Control) -> None:
    await assert_loopback_only(platform)


async def test_no_secret_is_on_a_command_line(platform: Control) -> None:
    await assert_no_secret_on_a_command_line(platform)
