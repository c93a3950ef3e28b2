"""Latents in the words of a request."""

from __future__ import annotations

from latent import LatentSpec, codes
from service.http.serialize_latents import flatten, serialize_latents


def test_described_codes_are_the_codes_exactly(mnist: LatentSpec) -> None:
    latents = codes.draw(mnist, 3, range(20))
    again = codes.draw(mnist, 3, range(20))
    again[:, 62:] = 0
    for row, entry in enumerate(serialize_latents(mnist, latents, range(20))):
        codes.assign(mnist, again[row : row + 1], entry["codes"], "")
    assert (again == latents).all()


def test_numbers_are_as_short_as_they_were_written(mnist: LatentSpec) -> None:
    latents = codes.draw(mnist, 3, [0])
    codes.assign(mnist, latents, {"c1": "7", "c2": 0.1, "c3": -1}, "")
    (entry,) = serialize_latents(mnist, latents, [5])
    assert entry == {"index": 5, "label": "7", "codes": {"c1": 7, "c2": 0.1, "c3": -1.0}}


def test_a_blend_is_no_category_and_has_no_label(mnist: LatentSpec) -> None:
    latents = codes.draw(mnist, 3, [0])
    latents[0, 62:72] = [0.5, 0.5] + [0] * 8
    (entry,) = serialize_latents(mnist, latents, None)
    assert entry["label"] is None
    assert entry["codes"]["c1"] == [0.5, 0.5] + [0.0] * 8
    row = flatten(entry)
    assert list(row) == ["label", "c1", "c2", "c3"]
    assert row["c1"] == "[0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]"
