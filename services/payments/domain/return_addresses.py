"""Where the browser goes after the payment page."""

from typing import Final
from urllib.parse import urlsplit

from shared.errors import Invalid

LONGEST_URL: Final = 2000


def own_address(url: str | None, *, origin: str, default: str, field: str) -> str:
    """Where the browser goes afterwards: `url` if it is on the platform's own origin, `default` without one.

    Raises Invalid naming `field`: a payment page must not send people to a stranger's site.
    """
    if url is None:
        return default
    try:
        given, ours = urlsplit(url), urlsplit(origin)
        own = (given.scheme, given.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    except ValueError:
        own = False
    # Browsers read a backslash as a slash and drop control characters; urlsplit does not see such an address as they do.
    plain = url.isascii() and url.isprintable() and not {" ", "\\"} & set(url) and len(url) <= LONGEST_URL
    if not (own and plain):
        raise Invalid(f"Give an address that begins with {origin}/, or leave it out.", field=field)
    return url
