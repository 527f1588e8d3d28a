"""By what a device is known again: a cookie for browsers, a field for API clients; and the network a request comes from."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated

from fastapi import Cookie, Request, Response
from pydantic import Field

from services.auth.api.fields import SecretText
from services.auth.domain.failures import DEVICE_LIFETIME

COOKIE = "codezest_device"
COOKIE_PATH = "/api/auth/v1"
LONGEST_TOKEN = 100
LONGEST_DEVICE = 200
NETWORK_BITS = 64  # of IPv6, where one household or one attacker has so many addresses

DeviceCookie = Annotated[
    str | None,
    Cookie(
        alias=COOKIE,
        description="Set by signing in as a browser: what strangers fail does not keep this device out",
    ),
]

DeviceToken = Annotated[
    SecretText | None,
    Field(
        max_length=LONGEST_TOKEN,
        description="Of an API client, from its last sign-in: what strangers fail then does not keep it out",
    ),
]


def network_of(request: Request) -> str | None:
    """The client's address, or its network in IPv6. None for this machine's own: everybody behind it would be one.

    The server has put the word of the gateway in place of the gateway's own address, if that is to be believed.
    """
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return None
    bits = NETWORK_BITS if isinstance(address, IPv6Address) else address.max_prefixlen
    return str(ip_network((address, bits), strict=False))


def device_of(request: Request) -> str | None:
    """What the client says of itself (User-Agent), so that people recognise their sessions."""
    said = request.headers.get("user-agent", "")
    return "".join(character for character in said if character.isprintable())[:LONGEST_DEVICE] or None


def set_device_cookie(response: Response, token: str) -> None:
    """Let the browser be known again for a year since it was used last; no script and no other site can use it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(DEVICE_LIFETIME.total_seconds()),
        path=COOKIE_PATH,
        secure=True,
        httponly=True,
        samesite="strict",
    )
