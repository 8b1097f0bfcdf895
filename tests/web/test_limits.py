"""How often somebody may ask, when many processes count together."""

import socket
from dataclasses import replace

import portal
from excise.config import Settings


def test_without_the_store_of_the_counts_pages_are_served_and_counted_all_the_same(
    settings: Settings,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    told = {"rate_limit_storage": f"redis://127.0.0.1:{closed}", "address_limit": "3 per hour"}
    app = portal.create_app(replace(settings, **told))
    client = app.test_client()
    statuses = [client.get("/account/sign-in").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    app.extensions["database"].close()
