"""Public pages are kept as long as they are true, for those they are meant for, and within bounds. On apps as small as can be."""

from dataclasses import dataclass, field

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.http.etags import NotModified
from shared.http.pages import FRESH_SECONDS, Page, PublicPages, PublicPagesMiddleware


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass(kw_only=True)
class Shop:
    """A service with one public page, which shows `text`, of version `version`."""

    text: str = "old"
    version: int = 1
    made: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.pages = PublicPages(max_bytes=20_000, now=self.clock)
        app = NotModified(PublicPagesMiddleware(self.serve, self.pages, ["/shop", "/shop/{slug}"]))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://shop")

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app behind."""
        self.made += 1
        who = Request(scope).headers.get("authorization", "")
        await Response(self.text + who, self.status, self.headers)(scope, receive, send)

    async def look(self) -> None:
        """What the worker does."""
        await self.pages.follow(self._current)

    async def _current(self) -> int:
        return self.version


@pytest.fixture
async def shop() -> Shop:
    opened = Shop()
    await opened.look()
    return opened


async def test_the_second_reader_costs_nothing(shop: Shop) -> None:
    first, second = await shop.client.get("/shop"), await shop.client.get("/shop")
    assert shop.made == 1
    assert first.text == second.text == "old"
    assert first.headers == second.headers


async def test_a_change_is_seen_after_the_next_look(shop: Shop) -> None:
    await shop.client.get("/shop")
    shop.text, shop.version = "new", 2
    await shop.look()
    assert (await shop.client.get("/shop")).text == "new"


async def test_no_page_is_shown_longer_than_a_second_after_the_last_look(shop: Shop) -> None:
    await shop.client.get("/shop")
    shop.text = "new"
    shop.clock.now += FRESH_SECONDS - 0.01
    assert (await shop.client.get("/shop")).text == "old"
    shop.clock.now += 0.01
    assert (await shop.client.get("/shop")).text == "new"


async def test_the_second_counts_from_when_the_look_began(shop: Shop) -> None:
    async def slow() -> int:
        shop.clock.now += FRESH_SECONDS
        return 1

    await shop.client.get("/shop")
    await shop.pages.follow(slow)
    assert shop.pages.version() is None


async def test_nothing_is_kept_of_a_version_that_cannot_be_had(shop: Shop) -> None:
    async def away() -> int:
        raise ConnectionError("the database is away")

    await shop.client.get("/shop")
    with pytest.raises(ConnectionError):
        await shop.pages.follow(away)
    assert len(shop.pages) == shop.pages.size == 0
    await shop.client.get("/shop")
    assert len(shop.pages) == 0


async def test_a_page_that_was_begun_before_a_change_is_not_kept(shop: Shop) -> None:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        shown = shop.text
        shop.text, shop.version = "new", 2
        await shop.look()  # while the answer is on its way
        await Response(shown)(scope, receive, send)

    app = PublicPagesMiddleware(serve, shop.pages, ["/shop"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://shop") as client:
        assert (await client.get("/shop")).text == "old"
    assert (await shop.client.get("/shop")).text == "new"


@pytest.mark.parametrize("headers", [{"authorization": "Bearer ada"}, {"cookie": "a=b"}, {"range": "bytes=0-1"}])
async def test_who_has_a_name_is_neither_answered_from_memory_nor_remembered(
    shop: Shop, headers: dict[str, str]
) -> None:
    named = await shop.client.get("/shop", headers=headers)
    assert len(shop.pages) == 0
    assert "public" not in named.headers.get("cache-control", "")
    await shop.client.get("/shop")
    assert (await shop.client.get("/shop", headers=headers)).text == named.text
    assert shop.made == 3


@pytest.mark.parametrize(("method", "path"), [("POST", "/shop"), ("HEAD", "/shop"), ("GET", "/shop/a/b"), ("GET", "/")])
async def test_other_requests_pass(shop: Shop, method: str, path: str) -> None:
    await shop.client.request(method, path)
    await shop.client.request(method, path)
    assert shop.made == 2


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (404, {}),
        (503, {}),
        (200, {"set-cookie": "a=b"}),
        (200, {"vary": "accept-language"}),
        (200, {"cache-control": "no-store"}),
    ],
)
async def test_what_is_no_plain_page_is_passed_on_as_it_is(shop: Shop, status: int, headers: dict[str, str]) -> None:
    shop.status, shop.headers = status, headers
    answer = await shop.client.get("/shop/none")
    assert answer.status_code == status
    assert answer.headers.get("cache-control") == headers.get("cache-control")
    assert "etag" not in answer.headers
    assert len(shop.pages) == 0


async def test_caches_on_the_way_are_told_how_long_and_for_whom(shop: Shop) -> None:
    answer = await shop.client.get("/shop")
    assert answer.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=4"
    assert answer.headers["vary"] == "Authorization"


async def test_the_tag_changes_with_the_content_and_only_then(shop: Shop) -> None:
    before = (await shop.client.get("/shop")).headers["etag"]
    shop.version = 2
    await shop.look()
    assert (await shop.client.get("/shop")).headers["etag"] == before
    shop.text, shop.version = "new", 3
    await shop.look()
    assert (await shop.client.get("/shop")).headers["etag"] != before


async def test_the_routes_own_tag_stays(shop: Shop) -> None:
    shop.headers = {"etag": '"7"'}
    assert (await shop.client.get("/shop")).headers["etag"] == '"7"'


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("kept", [True, False])
async def test_who_has_the_page_is_told_so_without_it(shop: Shop, form: str, kept: bool) -> None:  # noqa: FBT001
    tag = (await shop.client.get("/shop")).headers["etag"]
    if not kept:
        shop.version = 2
        await shop.look()
    answer = await shop.client.get("/shop", headers={"if-none-match": form.format(tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in answer.headers


async def test_who_has_another_page_gets_this_one(shop: Shop) -> None:
    await shop.client.get("/shop")
    answer = await shop.client.get("/shop", headers={"if-none-match": '"other"'})
    assert (answer.status_code, answer.text) == (200, "old")


async def test_strangers_cannot_fill_the_memory(shop: Shop) -> None:
    for number in range(100):
        await shop.client.get(f"/shop?x={number}")
    await shop.client.get(f"/shop?x={'x' * 300}")
    assert 0 < shop.pages.size <= 20_000
    assert len(shop.pages) < 20


def test_the_page_asked_for_longest_ago_makes_room() -> None:
    pages = PublicPages(max_bytes=3 * 1124, now=Clock())
    pages._version, pages._looked_at = 1, 100.0
    page = Page(headers=[], body=b"x" * 100, found={})
    for name in ("a", "b", "c"):
        pages.keep((name, b""), page, version=1)
    pages.get(("a", b""))
    pages.keep(("d", b""), page, version=1)
    assert [name for name in "abcd" if pages.get((name, b""))] == ["a", "c", "d"]


def test_a_page_larger_than_all_room_leaves_nothing_behind() -> None:
    pages = PublicPages(max_bytes=2000, now=Clock())
    pages._version, pages._looked_at = 1, 100.0
    pages.keep(("a", b""), Page(headers=[], body=b"x" * 5000, found={}), version=1)
    assert (len(pages), pages.size) == (0, 0)
