import json

import pytest

from latent import CARD_KEY, CardError, ModelCard
from latent.card import Control, ImageShape, Provenance, Quality
from tests.latent.test_spec import SPEC

CARD = ModelCard(
    name="mnist-infogan",
    system="infogan",
    latent=SPEC,
    image=ImageShape(channels=1, height=28, width=28),
    provenance=Provenance(
        recipe="infogan",
        dataset="mnist",
        images=60000,
        labels_read=0,
        seed=3,
        kimg=840,
        device="cpu",
        versions={"torch": "2"},
        created="2026-01-01T00:00:00+00:00",
    ),
    quality=Quality(samples=100, controls={"c2": Control(factor="slant", spearman={"slant": 0.9, "width": -0.1})}),
)


def test_round_trip():
    assert ModelCard.from_metadata(CARD.to_metadata() | {"producer": "anyone"}) == CARD


def test_the_schema_version_is_written():
    assert json.loads(CARD.to_metadata()[CARD_KEY])["schema_version"] == 1


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, "no 'inkcode.card'"),
        ({CARD_KEY: "{"}, "not JSON"),
        ({CARD_KEY: "[]"}, "schema version None"),
        ({CARD_KEY: '{"schema_version": 2}'}, "schema version 2; this version reads 1"),
        ({CARD_KEY: '{"schema_version": 1}'}, "card field name: Field required"),
        ({CARD_KEY: CARD.to_metadata()[CARD_KEY].replace('"seed":3', '"seed":"x"')}, r"card field provenance\.seed"),
        ({CARD_KEY: CARD.to_metadata()[CARD_KEY].replace('"seed":3', '"seed":3,"mood":1')}, "provenance.mood: Extra"),
    ],
)
def test_unreadable_cards_say_why(metadata, reason):
    with pytest.raises(CardError, match=reason):
        ModelCard.from_metadata(metadata)
