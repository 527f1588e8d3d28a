"""The kinds of mail there are: what each needs and how long it is worth sending."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Category = Literal["required", "optional"]
Link = Literal["verify-email", "reset-password"]


@dataclass(frozen=True, kw_only=True)
class Template:
    """A kind of mail. `name` is the folder of its texts; `link` what auth is to make for it.

    An event older than `max_age` makes no mail: a replay or a new deployment mails nobody about the past.
    """

    name: str
    category: Category
    link: Link | None = None
    max_age: timedelta = timedelta(hours=24)


WELCOME = Template(name="welcome", category="required", link="verify-email")
EXISTING_ACCOUNT = Template(name="existing-account", category="required")
RECEIPT = Template(name="receipt", category="required")
VERIFICATION = Template(name="verification", category="required", link="verify-email")
# The link begins to count when the mail leaves; what was asked for long ago is asked for again.
PASSWORD_RESET = Template(name="password-reset", category="required", link="reset-password", max_age=timedelta(hours=1))
PASSWORD_CHANGED = Template(name="password-changed", category="required")

TEMPLATES = {
    template.name: template
    for template in (WELCOME, EXISTING_ACCOUNT, RECEIPT, VERIFICATION, PASSWORD_RESET, PASSWORD_CHANGED)
}
