"""Secrets are made once, only their owner can read the files, and only what a service needs is served to it."""

from pathlib import Path

from tools.local.credentials import ensure_credentials, read_served
from tools.local.home import Home

SERVICES = ("auth", "learning", "payments")


def _home(path: Path) -> Home:
    home = Home(path / "home")
    home.create()
    return home


def test_the_folder_and_both_files_are_closed_to_others(tmp_path: Path) -> None:
    home = _home(tmp_path)
    ensure_credentials(home, SERVICES)
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert home.secrets_file.stat().st_mode & 0o777 == 0o600
    assert home.admin_secrets_file.stat().st_mode & 0o777 == 0o600


def test_a_second_start_changes_no_secret(tmp_path: Path) -> None:
    home = _home(tmp_path)
    assert ensure_credentials(home, SERVICES) == ensure_credentials(home, SERVICES)


def test_a_new_service_gets_its_secrets_and_the_others_keep_theirs(tmp_path: Path) -> None:
    home = _home(tmp_path)
    before = ensure_credentials(home, SERVICES)
    after = ensure_credentials(home, (*SERVICES, "grader"))
    assert before.served.items() <= after.served.items()
    assert after.served["grader-database-password"] not in before.served.values()


def test_what_only_the_supervisor_needs_is_not_in_the_file_that_dapr_serves(tmp_path: Path) -> None:
    home = _home(tmp_path)
    credentials = ensure_credentials(home, SERVICES)
    assert not credentials.admin.keys() & read_served(home).keys()
    assert "postgres-password" in credentials.admin
    assert all(f"{service}-owner-password" in credentials.admin for service in SERVICES)


def test_the_two_roles_of_a_service_have_different_passwords(tmp_path: Path) -> None:
    passwords = ensure_credentials(_home(tmp_path), SERVICES).database_passwords(SERVICES)
    seen = [password for pair in passwords.values() for password in pair.values()]
    assert len(seen) == len(set(seen)) == 2 * len(SERVICES)


def test_the_demo_password_is_long_enough_to_be_accepted(tmp_path: Path) -> None:
    password = ensure_credentials(_home(tmp_path), SERVICES).served["auth-demo-password"]
    assert 15 <= len(password) <= 128
    assert password.count("-") == 5
