"""A short form of `make fuzz`."""

from __future__ import annotations

import httpx

from benchmarks.fuzz import fuzz


def test_the_service_conforms_to_its_openapi_document(client: httpx.Client) -> None:
    assert fuzz(str(client.base_url).rstrip("/"), cases=10, seed=1, phases="examples,fuzzing") == 0
