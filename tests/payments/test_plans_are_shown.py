from tests.payments.conftest import Service

PLANS = "/api/payments/v1/plans"


async def test_anybody_sees_the_plans_with_their_prices(service: Service) -> None:
    answer = await service.run.client.get(PLANS)
    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {"id": "free", "tier": "free", "amount": 0, "currency": None, "interval": None},
            {"id": "pro_monthly", "tier": "pro", "amount": 1900, "currency": "EUR", "interval": "month"},
            {"id": "pro_yearly", "tier": "pro", "amount": 19000, "currency": "EUR", "interval": "year"},
        ],
        "next": None,
    }


async def test_prices_are_kept_so_a_short_absence_of_the_provider_is_not_seen(service: Service) -> None:
    await service.run.client.get(PLANS)
    service.provider.away = True
    assert (await service.run.client.get(PLANS)).status_code == 200
    assert service.provider.asked.count("prices") == 1


async def test_without_kept_prices_and_provider_the_answer_says_when_to_come_back(service: Service) -> None:
    service.provider.away = True
    answer = await service.run.client.get(PLANS)
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/payment-provider-unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_without_the_cache_the_provider_is_asked_each_time(service: Service) -> None:
    service.run.sidecar.away.add("state")
    for _ in range(2):
        assert (await service.run.client.get(PLANS)).status_code == 200
    assert service.provider.asked.count("prices") == 2


async def test_prices_kept_by_another_release_in_another_form_are_asked_anew(service: Service) -> None:
    await service.run.sidecar.set_state("payments.prices", [{"plan": "pro_monthly", "cents": 1}], ttl_seconds=60)
    answer = await service.run.client.get(PLANS)
    assert answer.json()["items"][1]["amount"] == 1900
