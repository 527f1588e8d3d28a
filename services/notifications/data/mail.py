"""Mails by SMTP: composed from a message and its recipient, then handed to the mail server."""

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from services.notifications.data.rendering import Renderer, Words, name_to_greet
from services.notifications.data.smtp import Outgoing, SmtpServer
from services.notifications.domain.messages import Message
from services.notifications.domain.sending import MailRefused, Recipient

# Narrower than RFC 5321 on purpose: no quoting, no blanks, nothing that could end a header or a command.
ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f-\xa0]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f-\xa0]{1,255}")


class SmtpMailer:
    """The Mailer over SMTP. A message sent again is the same mail, byte for byte, as long as its recipient is."""

    def __init__(self, server: SmtpServer, renderer: Renderer, *, sender: Address, envelope_sender: str) -> None:
        self._server = server
        self._renderer = renderer
        self._sender = sender
        self._envelope_sender = envelope_sender

    async def send(self, message: Message, recipient: Recipient) -> None:
        """See Mailer."""
        address = recipient.address
        if not ADDRESS.fullmatch(address) or not address.isprintable():
            raise MailRefused("the address on record is none that mail can be sent to")
        mail = compose(message, recipient, words=self._renderer.render(message, recipient), sender=self._sender)
        international = not address.isascii()
        content = serialise(mail, international=international)
        await self._server.post(
            Outgoing(sender=self._envelope_sender, recipient=address, content=content, international=international)
        )


def compose(message: Message, recipient: Recipient, *, words: Words, sender: Address) -> EmailMessage:
    """The mail. MailRefused when the recipient's address cannot stand in a header."""
    mail = EmailMessage(policy=SMTP)
    user, _, host = recipient.address.rpartition("@")
    try:
        # In two parts, for `addr_spec` takes ASCII alone.
        mail["To"] = Address(display_name=name_to_greet(recipient.name), username=user, domain=host)
    except (ValueError, IndexError, MessageError):
        # Not the error itself: it quotes the address.
        raise MailRefused("the address on record cannot be written into a mail") from None
    mail["From"] = sender
    mail["Subject"] = words.subject
    mail["Date"] = message.created_at  # when it was made, not sent: a second copy is the same mail
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words.text, cte="quoted-printable")
    mail.add_alternative(words.html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"={message.id.hex}=")
    return mail


def serialise(mail: EmailMessage, *, international: bool = False) -> bytes:
    """The mail as it goes over the wire. MailRefused when a value would become a header of its own."""
    policy = SMTPUTF8 if international else SMTP
    content = mail.as_bytes(policy=policy.clone(cte_type="7bit"))
    head, _, _body = content.partition(b"\r\n\r\n")
    starts = [line for line in re.split(rb"\r\n|\r|\n", head) if not line.startswith((b" ", b"\t"))]
    if len(starts) != len(mail.keys()):
        raise MailRefused("a value of the mail would have become a header of its own")
    return content
