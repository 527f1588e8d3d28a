"""A mail's words: subject, plain text and HTML in the recipient's language."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.data.localisation import day, language_of, money, plan_name
from services.notifications.domain.messages import Message
from services.notifications.domain.sending import MailRefused, Recipient

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_NAME = 60
SUBJECT = "Subject: "

JOINERS = "\u200c\u200d"  # invisible, yet part of how some names are written
# A stranger may register somebody else's address under any name: what could be taken for a link is not repeated.
LIKE_A_LINK = re.compile(r"[/@:\\]|\w\.\w\w")


def one_line(text: str) -> str:
    """`text` without line breaks, control, unpaired or direction-changing characters; runs of blanks become one."""
    visible = (c if c in JOINERS or unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    # `=?` opens an encoded word (RFC 2047): Python below 3.11.10 decodes it while writing a header, line breaks and all.
    return " ".join("".join(visible).split()).replace("=?", "= ?")


def name_to_greet(name: str) -> str:
    """The name as mails may show it; empty when it is better left out."""
    shown = one_line(name)
    return "" if len(shown) > LONGEST_NAME or LIKE_A_LINK.search(shown) else shown


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a mail says. `subject` is one line."""

    subject: str
    text: str
    html: str


class Renderer:
    """Renders `templates/<template>/<language>.{txt,html}`; the text's first line is `Subject: ...`."""

    def __init__(self, *, public_url: str) -> None:
        self._public_url = public_url
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, message: Message, recipient: Recipient) -> Words:
        """The words. MailRefused when there is a link that is none."""
        offered = frozenset(path.stem for path in (TEMPLATES / message.template).glob("*.txt"))
        language = language_of(recipient.locale, offered)
        values = self._values(message, recipient, language)
        place = f"{message.template}/{language}"
        head, _, text = self._environment.get_template(f"{place}.txt").render(values).partition("\n\n")
        html = self._environment.get_template(f"{place}.html").render(values)
        return Words(subject=one_line(head.removeprefix(SUBJECT)), text=text, html=html)

    def _values(self, message: Message, recipient: Recipient, language: str) -> dict[str, Any]:
        if recipient.link is not None and not recipient.link.startswith(("https://", "http://")):
            raise MailRefused("auth gave a link that is no web address")
        params = {name: one_line(value) if isinstance(value, str) else value for name, value in message.params.items()}

        def written_day(at: str) -> str:
            return day(datetime.fromisoformat(at), timezone=recipient.timezone, language=language)

        return {
            **params,
            "name": name_to_greet(recipient.name),
            "link": recipient.link,
            "home": self._public_url,
            "language": language,
            "money": partial(money, language=language),
            "day": written_day,
            "plan_name": partial(plan_name, language=language),
        }
