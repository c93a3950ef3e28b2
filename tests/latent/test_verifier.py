import json

import numpy as np
import pytest

from latent import VERIFIER_KEY, CardError, VerifierCard
from latent.card import ImageShape

CARD = VerifierCard(
    name="some-verifier",
    dataset="mnist",
    labels=("0", "1"),
    image=ImageShape(channels=1, height=28, width=28),
    accuracy=0.99,
    test_images=10,
)


def test_a_card_comes_back_from_the_metadata():
    assert VerifierCard.from_metadata(CARD.to_metadata()) == CARD


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, "it is not a verifier"),
        ({VERIFIER_KEY: "{"}, "Invalid JSON"),
        ({VERIFIER_KEY: json.dumps(CARD.model_dump() | {"accuracy": 2})}, "field accuracy"),
        ({VERIFIER_KEY: json.dumps(CARD.model_dump() | {"colour": 1})}, "field colour"),
    ],
)
def test_an_invalid_card_is_reported(metadata, reason):
    with pytest.raises(CardError, match=reason):
        VerifierCard.from_metadata(metadata)


def test_look_alikes_count_as_a_label():
    card = CARD.model_copy(update={"look_alikes": {"0": ("1",)}})
    np.testing.assert_array_equal(card.confusable(["1", "0"]), [[True, False], [True, True]])
    with pytest.raises(CardError, match=r"look_alikes: \['x'\] are no labels"):
        VerifierCard.from_metadata(CARD.model_copy(update={"look_alikes": {"0": ("x",)}}).to_metadata())
