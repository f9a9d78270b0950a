"""Starting, stopping and the log of requests."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from bexio_analytics.simulator import create_app, serve
from bexio_analytics.simulator.wire.served import Company

Start = Callable[..., httpx.Client]
MakeCompany = Callable[[dict[str, list[dict[str, object]]]], Company]


def test_it_starts_and_stops_without_a_trace(company: Company) -> None:
    before = threading.active_count()
    with serve(create_app({"token": company})) as served:
        assert served.url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{served.url}/2.0/country", trust_env=False).status_code == 401
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.url}/2.0/country", trust_env=False)


def test_it_stops_with_a_connection_left_open(company: Company) -> None:
    with httpx.Client(trust_env=False) as client:
        with serve(create_app({"token": company})) as served:
            client.get(f"{served.url}/2.0/country")
        with pytest.raises(httpx.TransportError):
            client.get(f"{served.url}/2.0/country")


def test_a_chosen_port_is_used_and_a_taken_one_is_refused(company: Company) -> None:
    app = create_app({"token": company})
    with serve(app) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), serve(app, port):
            pytest.fail("a taken port must not be served")
    with serve(app, port) as second:
        assert second.url == first.url


def test_two_servers_run_side_by_side(company: Company) -> None:
    with serve(create_app({"a": company})) as one, serve(create_app({"b": company})) as two:
        assert one.url != two.url


def test_the_log_counts_requests_and_keeps_no_token(start: Start, apps: list[Starlette]) -> None:
    bexio = start()
    bexio.get("/2.0/contact", params={"limit": 2})
    bexio.get("/2.0/contact/999")
    bexio.post("/2.0/contact/search", json=[])
    bexio.get("/2.0/contact", headers={"Authorization": "Bearer wrong"})
    log = apps[-1].state.log
    assert [(one.method, one.path, dict(one.params), one.status, one.company) for one in log] == [
        ("GET", "/2.0/contact", {"limit": "2"}, 200, "Kuster & Söhne"),
        ("GET", "/2.0/contact/999", {}, 404, "Kuster & Söhne"),
        ("POST", "/2.0/contact/search", {}, 200, "Kuster & Söhne"),
        ("GET", "/2.0/contact", {}, 401, ""),
    ]
    assert (len(log.select("/2.0/contact")), len(log.select(method="POST")), len(log.select(status=404))) == (4, 1, 1)
    assert "token-of-kuster" not in repr(list(log))
    log.clear()
    assert len(log) == 0


def test_several_companies_stand_behind_one_address(company: Company, make_company: MakeCompany) -> None:
    other = make_company({"company": [{"id": 1, "name": "Zweite GmbH"}]})
    with serve(create_app({"one": company, "two": other})) as served:

        def name(token: str) -> object:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            answer = httpx.get(f"{served.url}/2.0/company_profile", headers=headers, trust_env=False)
            return answer.json()[0]["name"]

        assert (name("one"), name("two")) == ("Kuster & Söhne", "Zweite GmbH")


def test_the_application_also_answers_in_process(company: Company) -> None:
    async def ask() -> int:
        transport = httpx.ASGITransport(app=create_app({"t": company}))
        async with httpx.AsyncClient(transport=transport, base_url="http://bexio.invalid") as client:
            headers = {"Authorization": "Bearer t", "Accept": "application/json"}
            return (await client.get("/3.0/taxes", headers=headers)).status_code

    assert asyncio.run(ask()) == 200


def test_answers_do_not_wait_for_the_acknowledgement_of_their_headers(bexio: httpx.Client) -> None:
    def seconds() -> float:
        began = time.perf_counter()
        bexio.get("/2.0/country")
        return time.perf_counter() - began

    for _ in range(20):
        seconds()
    assert min(seconds() for _ in range(20)) < 0.035, "a delayed acknowledgement costs 40 ms with every answer"
