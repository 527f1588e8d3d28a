import pytest

from services.payments.domain.return_addresses import own_address
from shared.errors import Invalid

ORIGIN = "https://learn.example:8443"


def address(url: str | None) -> str:
    return own_address(url, origin=ORIGIN, default=f"{ORIGIN}/?default", field="body.success_url")


@pytest.mark.parametrize(
    "url",
    [f"{ORIGIN}/", f"{ORIGIN}/paid?session={{CHECKOUT_SESSION_ID}}", f"{ORIGIN}/a/b#c", "https://LEARN.example:8443/x"],
)
def test_an_address_on_the_platform_is_taken_as_it_is(url: str) -> None:
    assert address(url) == url


def test_without_an_address_the_default_is_taken() -> None:
    assert address(None) == f"{ORIGIN}/?default"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//learn.example:8443/x",
        "http://learn.example:8443/x",
        "https://learn.example/x",
        "https://evil.example:8443/x",
        "https://learn.example:8443@evil.example/x",
        "https://evil.example@learn.example:8443/x",
        "https://learn.example:8443.evil.example/x",
        "https://learn.example:8443\\@evil.example/x",
        "https://learn.example:8443/\\evil.example",
        "https://learn.example:8443/\n//evil.example",
        " https://learn.example:8443/x",
        "https://[learn.example:8443/x",
        "javascript:alert(1)",
        "https://learn.example:8443/\u202e",
        f"{ORIGIN}/{'x' * 2000}",
    ],
)
def test_an_address_elsewhere_is_refused_and_the_field_is_named(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        address(url)
    assert refused.value.field == "body.success_url"
