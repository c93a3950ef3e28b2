"""Which form an `Accept` gets."""

from __future__ import annotations

import httpx
import pytest

CHROME_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
CHROME_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "image/png"),
        ("", "image/png"),
        ("image/*", "image/png"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("application/zip;q=0.5, application/x-npy;q=0.9", "application/x-npy"),
        ("image/png;q=0, */*", "application/json"),
        ("application/*;q=0.9, image/png;q=0.1", "application/json"),
        ("application/json;q=0.2, */*;q=0.8", "image/png"),
        ("image/png;q=7", "image/png"),
        ("image/png;q=x, application/zip", "application/zip"),
        ("image/png;level=1", "image/png"),
        ("image/gif", "image/gif"),
        ("image/gif;q=0.5, image/webp", "image/webp"),
        (CHROME_PAGE, "image/png"),
        (CHROME_IMAGE, "image/png"),
    ],
)
def test_the_best_form_that_accept_names(client: httpx.Client, accept: str, expected: str) -> None:
    response = client.get("/traverse?dim=c2&rows=2&steps=2", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == expected


def test_format_wins_over_accept(client: httpx.Client) -> None:
    response = client.get("/traverse?dim=c2&format=json", headers={"Accept": "image/png"})
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("accept", ["text/html", "image/png;q=0", "*/*;q=0", "nonsense", ",,;", "image/png;q=nan"])
def test_nothing_that_fits_is_406(client: httpx.Client, accept: str) -> None:
    response = client.get("/traverse?dim=c2", headers={"Accept": accept})
    assert response.status_code == 406
    (error,) = response.json()["errors"]
    assert (error["field"], error["value"]) == ("Accept", accept)
    assert "image/png" in error["expected"]
    assert "image/gif" in error["expected"]
