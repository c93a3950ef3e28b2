import json

import pytest

from latent import CARD_KEY, CardError, ModelCard
from latent.card import Control, Extension, ImageShape, InitialWeights, Lineage, Provenance, Quality
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
    assert json.loads(CARD.to_metadata()[CARD_KEY])["schema_version"] == 2


def test_a_card_holds_what_it_takes_to_train_again():
    recipe = {"kimg": 840.0, "labels": None, "phases": [{"name": "generator", "betas": [0.0, 0.99]}]}
    initial = InitialWeights(system="gan", seed=1, kimg=9, checkpoint_sha256="1" * 64, loaded=("generator",))
    lineage = Lineage(
        data_sha256="0" * 64,
        code_versions=("0.1.0",),
        extensions=(Extension(at_kimg=600, previous={"kimg": 600.0}),),
        initial_weights=initial,
    )
    provenance = CARD.provenance.model_copy(update={"resolved_recipe": recipe, "lineage": lineage})
    card = CARD.model_copy(update={"provenance": provenance})
    assert ModelCard.from_metadata(card.to_metadata()) == card


def test_a_card_of_the_first_schema_is_still_read():
    content = json.loads(CARD.to_metadata()[CARD_KEY]) | {"schema_version": 1}
    read = ModelCard.from_metadata({CARD_KEY: json.dumps(content)})
    assert (read.schema_version, read.provenance) == (1, CARD.provenance)
    assert (read.provenance.resolved_recipe, read.provenance.lineage) == (None, None)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, "no 'inkcode.card'"),
        ({CARD_KEY: "{"}, "not JSON"),
        ({CARD_KEY: "[]"}, "schema version None"),
        ({CARD_KEY: '{"schema_version": 3}'}, "schema version 3; this version reads 1 and 2"),
        ({CARD_KEY: '{"schema_version": 1}'}, "card field name: Field required"),
        ({CARD_KEY: CARD.to_metadata()[CARD_KEY].replace('"seed":3', '"seed":"x"')}, r"card field provenance\.seed"),
        ({CARD_KEY: CARD.to_metadata()[CARD_KEY].replace('"seed":3', '"seed":3,"mood":1')}, "provenance.mood: Extra"),
    ],
)
def test_unreadable_cards_report_the_reason(metadata, reason):
    with pytest.raises(CardError, match=reason):
        ModelCard.from_metadata(metadata)


def test_a_card_with_only_the_older_metrics_is_still_read():
    quality = {
        "samples": 10000,
        "label_accuracy": 0.9981,
        "label_accuracy_by_label": {"0": 0.996},
        "classifier_accuracy": 0.997,
        "frechet_distance": 0.039,
        "frechet_floor": 0.007,
        "controls": {},
    }
    content = json.loads(CARD.to_metadata()[CARD_KEY]) | {"quality": quality}
    read = ModelCard.from_metadata({CARD_KEY: json.dumps(content)}).quality
    assert (read.label_accuracy, read.precision, read.information, read.clustering) == (0.9981, None, {}, None)


@pytest.mark.parametrize(
    "wrong",
    [{"recall": 1.01}, {"density": -0.1}, {"information": {"c1": float("nan")}}, {"label_accuracy_by_label": {"0": 2}}],
)
def test_figures_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Quality(samples=1, **wrong)
