import pytest

from latent import Categorical, Continuous, LatentSpec, Noise
from trainer.data import DataError
from trainer.evaluate import evaluate
from trainer.onnxfile import read_card, write_card


@pytest.fixture
def root(reader, readers):
    """A data root where the reader has been trained already."""
    return readers.parent


def test_everything_is_measured_and_written_into_the_card(make_stroke_generator, root, config, reader):
    path = make_stroke_generator()
    quality = evaluate(path, root, samples=300, config=config)
    assert quality.samples == 300
    assert quality.label_accuracy > 0.9
    assert quality.label_accuracy == pytest.approx(sum(quality.label_accuracy_by_label.values()) / 10)
    assert quality.classifier_accuracy == reader.accuracy
    assert quality.frechet_distance > 3 * quality.frechet_floor > 0
    assert quality.controls["c2"].factor == "thickness"
    assert quality.controls["c2"].spearman["thickness"] > 0.8
    card = read_card(path)
    assert card.quality == quality
    assert {v.name: v.factor for v in card.latent if isinstance(v, Continuous)} == {
        name: control.factor for name, control in quality.controls.items()
    }


def test_what_is_measured_is_the_same_every_time(make_stroke_generator, root, config):
    path = make_stroke_generator()
    assert evaluate(path, root, 100, config=config) == evaluate(path, root, 100, config=config)


def test_labels_in_the_wrong_places_are_found_out(make_stroke_generator, root, config):
    path = make_stroke_generator(digits=[1, 0, 2, 3, 4, 5, 6, 7, 8, 9])
    by_label = evaluate(path, root, samples=100, config=config).label_accuracy_by_label
    assert by_label["0"] == by_label["1"] == 0.0
    assert by_label["2"] > 0.5


@pytest.mark.parametrize(
    "variables", [(Noise(size=3),), (Noise(size=3), Categorical(name="c1", size=10), Continuous(name="c2"))]
)
def test_a_generator_without_labels_gets_what_makes_sense(make_stroke_generator, root, config, variables):
    quality = evaluate(make_stroke_generator(LatentSpec(variables=variables)), root, samples=50, config=config)
    assert quality.label_accuracy is None
    assert quality.label_accuracy_by_label == {}
    assert quality.frechet_distance > quality.frechet_floor
    assert set(quality.controls) == {"c2"} & {v.name for v in variables}


def test_a_card_that_names_no_known_data_set_is_an_error(make_stroke_generator, root):
    path = make_stroke_generator()
    card = read_card(path)
    write_card(path, card.model_copy(update={"provenance": card.provenance.model_copy(update={"dataset": "mine"})}))
    with pytest.raises(DataError, match="no data set 'mine'"):
        evaluate(path, root)
