"""The request budget: headers, buckets, windows and what happens over the limit."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from bexio_analytics.simulator import Faults, WireSettings, create_app, serve
from bexio_analytics.simulator.wire.served import Company

Start = Callable[..., httpx.Client]
MakeCompany = Callable[[dict[str, list[dict[str, object]]]], Company]

FIVE = {
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-ratelimit-limit-minute",
    "x-ratelimit-remaining-minute",
}


class Clock:
    """A clock that stands still until it is moved; it starts 20 seconds into a minute."""

    def __init__(self) -> None:
        self.now = 1_781_788_220.0

    def __call__(self) -> float:
        return self.now


def test_five_headers_in_lower_case(start: Start) -> None:
    bexio = start(WireSettings(clock=Clock()))
    answer = bexio.get("/2.0/contact")
    sent = {name.decode(): value.decode() for name, value in answer.headers.raw}
    assert {name: sent[name] for name in FIVE} == {
        "ratelimit-limit": "1000",
        "ratelimit-remaining": "999",
        "ratelimit-reset": "40",
        "x-ratelimit-limit-minute": "1000",
        "x-ratelimit-remaining-minute": "999",
    }


def test_refusals_are_counted_too(start: Start) -> None:
    bexio = start()
    assert bexio.get("/2.0/nothing").headers["ratelimit-remaining"] == "999"
    assert bexio.get("/2.0/contact", headers={"Accept": "*/*"}).headers["ratelimit-remaining"] == "998"


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/3.0/accounting/journal", "1000"),
        ("POST", "/2.0/contact/search", "250"),
        ("POST", "/2.0/kb_invoice/search", "250"),
        ("POST", "/2.0/kb_offer/search", "250"),
        ("POST", "/2.0/article/search", "250"),
        ("POST", "/2.0/accounts/search", "1000"),
        ("POST", "/2.0/country/search", "1000"),
        ("POST", "/3.0/files/search", "1000"),
        ("GET", "/2.0/kb_invoice/1/pdf", "250"),
        ("GET", "/2.0/article", "400"),
        ("GET", "/2.0/article/1", "400"),
    ],
)
def test_the_bucket_of_a_request(start: Start, method: str, path: str, limit: str) -> None:
    headers = start().request(method, path).headers
    assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == (limit, str(int(limit) - 1))


def test_buckets_count_separately(start: Start) -> None:
    bexio = start()
    for _ in range(3):
        bexio.post("/2.0/contact/search", json=[])
    assert bexio.get("/2.0/contact").headers["ratelimit-remaining"] == "999"


def test_banking_payments_and_the_identity_provider_have_no_budget(start: Start) -> None:
    bexio = start(WireSettings(limit=1))
    for path in ("/4.0/banking/payments", "/realms/bexio/.well-known/openid-configuration"):
        for _ in range(3):
            answer = bexio.get(path)
            assert answer.status_code == 200
            assert not FIVE & set(answer.headers)


def test_over_the_limit_is_429_until_the_next_minute(start: Start) -> None:
    clock = Clock()
    bexio = start(WireSettings(limit=2, clock=clock))
    assert [bexio.get("/2.0/contact").status_code for _ in range(3)] == [200, 200, 429]
    answer = bexio.get("/2.0/contact")
    assert answer.json() == {"message": "API rate limit exceeded"}
    assert (answer.headers["retry-after"], answer.headers["ratelimit-reset"]) == ("40", "40")
    assert answer.headers["ratelimit-remaining"] == "0"
    clock.now += 39.5
    assert bexio.get("/2.0/contact").headers["retry-after"] == "1"
    clock.now += 0.5
    answer = bexio.get("/2.0/contact")
    assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (200, "1")


def test_the_minute_can_be_shortened(start: Start) -> None:
    clock = Clock()
    bexio = start(WireSettings(limit=1, minute_seconds=2.0, clock=clock))
    assert bexio.get("/2.0/contact").headers["ratelimit-reset"] == "2"
    assert bexio.get("/2.0/contact").status_code == 429
    clock.now += 2
    assert bexio.get("/2.0/contact").status_code == 200


def test_a_budget_belongs_to_a_company_and_not_to_a_token(company: Company, make_company: MakeCompany) -> None:
    other = make_company(dict(company.records))
    app = create_app({"one": company, "two": company, "other": other}, WireSettings(limit=2))
    with serve(app) as served:

        def status(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            return httpx.get(f"{served.url}/2.0/contact", headers=headers, trust_env=False).status_code

        assert [status("one"), status("two"), status("one"), status("other")] == [200, 200, 429, 200]


def test_headers_can_be_missing_while_the_limit_holds(start: Start, apps: list[Starlette]) -> None:
    bexio = start(WireSettings(limit=1), Faults(rate_headers_missing=True))
    assert not FIVE & set(bexio.get("/2.0/contact").headers)
    answer = bexio.get("/2.0/contact")
    assert answer.status_code == 429
    assert not FIVE & set(answer.headers)
    assert "retry-after" in answer.headers
    apps[-1].state.wire.faults = Faults(rate_headers_missing=True, retry_after_missing=True)
    assert "retry-after" not in bexio.get("/2.0/contact").headers
