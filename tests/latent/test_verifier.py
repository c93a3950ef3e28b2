import json

import pytest

from latent import VERIFIER_KEY, CardError, VerifierCard
from latent.card import ImageShape

CARD = VerifierCard(
    name="judge",
    dataset="mnist",
    labels=("0", "1"),
    image=ImageShape(channels=1, height=28, width=28),
    accuracy=0.99,
    test_images=10,
)


def test_a_card_comes_back_from_the_metadata():
    assert VerifierCard.from_metadata(CARD.to_metadata()) == CARD


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({}, "it is no verifier"),
        ({VERIFIER_KEY: "{"}, "Invalid JSON"),
        ({VERIFIER_KEY: json.dumps(CARD.model_dump() | {"accuracy": 2})}, "field accuracy"),
        ({VERIFIER_KEY: json.dumps(CARD.model_dump() | {"colour": 1})}, "field colour"),
    ],
)
def test_what_is_no_card_is_named(metadata, said):
    with pytest.raises(CardError, match=said):
        VerifierCard.from_metadata(metadata)
