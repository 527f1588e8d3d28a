"""What every answer of every service has, and what no request may do: ids, headers, limits, figures, log lines."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from uuid_utils.compat import uuid7

from shared.http.edge import SANE_ID
from shared.http.headers import DATA_POLICY
from tests.running import Running
from tests.shared.edged import EDGED, edged
from tests.shared.probe import until

ITEM = f"{EDGED}/items/42"
PROBLEMS = "https://codezest.dev/problems/"


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    async with edged(database_url, access_log_ratio=0) as run:
        yield run


@pytest.fixture(scope="module")
async def hurried(database_url: str) -> AsyncIterator[Running]:
    """Cuts requests after half a second."""
    async with edged(database_url, request_seconds=0.5, database_pool=4) as run:
        yield run


def said(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The lines of the access log."""
    return [vars(record)["fields"] for record in caplog.records if record.message == "request"]


async def counted(run: Running) -> dict[tuple[str, str, str], float]:
    """Requests by method, route and status."""
    families = text_string_to_metric_families((await run.client.get("/metrics")).text)
    samples = (sample for family in families for sample in family.samples)
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in samples
        if sample.name == "codezest_http_request_seconds_count"
    }


# --- request ids


async def test_a_callers_request_id_is_kept(run: Running) -> None:
    answer = await run.client.get(ITEM, headers={"x-request-id": "checkout-17.a_B"})
    assert answer.headers["x-request-id"] == "checkout-17.a_B"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "-x", 'x"', "<x>", "x\ty"])
async def test_an_id_that_is_none_is_replaced_by_one_of_ours(run: Running, given: str) -> None:
    answer = await run.client.get(ITEM, headers={"x-request-id": given})
    assert UUID(answer.headers["x-request-id"]).version == 7


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/activity/v1/none", 404), ("DELETE", ITEM, 405), ("GET", f"{EDGED}/mine", 401)],
)
async def test_refusals_have_their_id_in_the_header_and_nothing_else_that_differs(
    run: Running, method: str, path: str, status: int
) -> None:
    first, second = [await run.client.request(method, path) for _ in range(2)]
    assert first.status_code == status
    assert SANE_ID.fullmatch(first.headers["x-request-id"])
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.content == second.content


# --- headers


@pytest.mark.parametrize("path", [ITEM, "/api/activity/v1/none", f"{EDGED}/mine", "/healthz", "/metrics"])
async def test_every_answer_has_the_security_headers(run: Running, path: str) -> None:
    headers = (await run.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-security-policy"] == DATA_POLICY.decode()
    assert "strict-transport-security" not in headers


async def test_a_page_keeps_its_own_policy_and_has_the_other_headers(run: Running) -> None:
    headers = (await run.client.get(f"{EDGED}/page")).headers
    assert headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_the_documentation_page_may_load_its_own_files(run: Running) -> None:
    page = await run.client.get("/api/activity/docs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    asset = await run.client.get("/api/activity/docs-assets/swagger-ui-bundle.js")
    assert asset.status_code == 200
    assert asset.headers["content-type"].startswith("text/javascript")


async def test_an_answer_for_somebody_is_kept_nowhere_unless_its_route_says_how(run: Running) -> None:
    ada = run.sign_in(uuid7())
    assert (await run.client.get(f"{EDGED}/mine", headers=ada)).headers["cache-control"] == "no-store"
    assert (await run.client.get(ITEM, headers=ada)).headers.get_list("cache-control") == ["no-cache"]
    assert (await run.client.get("/healthz", headers={"cookie": "x=y"})).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await run.client.get("/healthz")).headers


async def test_browsers_are_told_to_stay_with_https_where_people_use_it(database_url: str) -> None:
    async with edged(database_url, public_url="https://learn.example.org") as run:
        assert (await run.client.get(ITEM)).headers["strict-transport-security"] == "max-age=31536000"


# --- limits


async def test_headers_over_the_limit_are_refused(run: Running) -> None:
    answer = await run.client.get(ITEM, headers={f"x-{n}": "x" * 1000 for n in range(33)})
    assert answer.status_code == 431
    assert answer.json()["type"] == f"{PROBLEMS}request-headers-too-large"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("length", ["1048577", "9" * 15, "9" * 5000])
async def test_a_body_that_is_announced_too_large_is_refused_unread(run: Running, length: str) -> None:
    answer = await run.client.post(f"{EDGED}/things", content=b"{}", headers={"content-length": length})
    assert answer.status_code == 413
    assert answer.json()["type"] == f"{PROBLEMS}request-entity-too-large"
    assert answer.headers["connection"] == "close"


async def test_a_body_of_just_a_mebibyte_is_taken(run: Running) -> None:
    body = b'{"thing": "%s"}' % (b"x" * (1024 * 1024 - len(b'{"thing": ""}')))
    assert len(body) == 1024 * 1024
    answer = await run.client.post(f"{EDGED}/things", content=body, headers={"content-type": "application/json"})
    assert answer.json() == {"took": "str"}


@pytest.mark.parametrize(
    "body",
    [b'{"thing":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"thing": "\xff"}', b"{", b"[]", b""],
    ids=["deep", "no UTF-8", "cut", "no object", "nothing"],
)
async def test_a_body_that_is_no_json_for_us_is_the_clients_mistake(run: Running, body: bytes) -> None:
    answer = await run.client.post(f"{EDGED}/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == f"{PROBLEMS}invalid"
    assert answer.json()["errors"][0]["field"].startswith("body")


async def test_a_request_that_takes_too_long_is_cut_and_gives_its_connection_back(hurried: Running) -> None:
    for _ in range(5):  # one more than the pool holds
        answer = await hurried.client.get(f"{EDGED}/sleep")
        assert answer.status_code == 503
        assert answer.json()["type"] == f"{PROBLEMS}request-timed-out"
        assert answer.headers["retry-after"] == "2"

    async def the_pool_serves_again() -> bool:
        return bool((await hurried.client.get("/readyz")).json() == {"status": "ready", "degraded": []})

    await until(the_pool_serves_again, "the database answers")


async def test_a_client_that_never_finishes_its_body_is_cut(hurried: Running) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await hurried.client.post(
        f"{EDGED}/things", content=endless(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 503
    assert answer.headers["connection"] == "close"


async def test_while_draining_connections_are_not_kept(run: Running) -> None:
    assert "connection" not in (await run.client.get(ITEM)).headers
    run.app.state.readiness.ready = False
    try:
        assert (await run.client.get(ITEM)).headers["connection"] == "close"
    finally:
        run.app.state.readiness.ready = True


# --- figures


async def test_requests_are_counted_by_route_and_never_by_what_a_stranger_made_up(run: Running) -> None:
    before = await counted(run)
    for path in (ITEM, f"{EDGED}/items/43", "/api/activity/v1/made-up", "/made-up-too", f"{EDGED}/mine"):
        await run.client.get(path)
    await run.client.request("PROPFIND", ITEM)
    after = await counted(run)
    grown = {labels: int(after[labels] - before.get(labels, 0)) for labels in after}
    assert {labels: by for labels, by in grown.items() if by and labels[1] != "/metrics"} == {
        ("GET", "/api/activity/v1/edged/items/{item_id}", "2xx"): 2,
        ("GET", "(no route)", "4xx"): 2,
        ("GET", "/api/activity/v1/edged/mine", "4xx"): 1,
        ("other", "/api/activity/v1/edged/items/{item_id}", "4xx"): 1,
    }


async def test_the_scrape_itself_is_the_one_request_under_way(run: Running) -> None:
    assert "codezest_http_requests_in_progress 1.0" in (await run.client.get("/metrics")).text


# --- the access log


async def test_what_failed_is_logged_with_its_route_and_its_person(
    run: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ada = uuid7()
    await run.client.get(f"{EDGED}/mine", headers=run.sign_in(ada))
    assert [line for line in said(caplog) if line["ms"] < 1000] == []  # slow ones are logged, too
    caplog.clear()
    await run.client.post(f"{EDGED}/things", json={}, headers=run.sign_in(ada))
    [line] = said(caplog)
    assert (line["method"], line["route"], line["status"], line["user_id"]) == ("POST", f"{EDGED}/things", 422, None)
    assert line["bytes"] > 0
    assert line["ms"] >= 0


async def test_a_share_of_all_requests_is_logged_and_no_probe(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ada = uuid7()
    async with edged(database_url, access_log_ratio=1) as run:
        await run.client.get("/healthz")
        await run.client.get(f"{EDGED}/mine", headers=run.sign_in(ada))
    [line] = said(caplog)
    assert (line["status"], line["user_id"]) == (200, ada)


async def test_what_nobody_foresaw_is_answered_as_ours_and_says_nothing_of_it(run: Running) -> None:
    answer: httpx.Response = await run.client.post(f"{EDGED}/broken")
    assert answer.status_code == 500
    assert answer.json()["type"] == f"{PROBLEMS}internal"
    assert "canary" not in answer.text


# --- entity tags


@pytest.mark.parametrize("known", ['"3"', 'W/"3"', '"1", "3"', '"1",W/"3"', "*", '"a,b", "3"'])
async def test_a_reader_who_has_it_is_not_sent_it_again(run: Running, known: str) -> None:
    answer = await run.client.get(ITEM, headers={"if-none-match": known})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"3"', "no-cache")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("other", ['"2"', '"33"', "3", '"', "", 'x"3', '"3' + "x" * 5000 + '"'])
async def test_a_reader_who_has_another_version_is_sent_this_one(run: Running, other: str) -> None:
    answer = await run.client.get(ITEM, headers={"if-none-match": other})
    assert (answer.status_code, answer.json()) == (200, {"item": "42"})


@pytest.mark.parametrize(
    ("sent", "status"), [(None, 428), ("3", 412), ('W/"3"', 412), ('"x"', 412), ('"9999999999"', 412), ('"3"', 200)]
)
async def test_an_edit_says_which_version_it_is_for(run: Running, sent: str | None, status: int) -> None:
    answer = await run.client.put(ITEM, headers={} if sent is None else {"if-match": sent})
    assert answer.status_code == status
