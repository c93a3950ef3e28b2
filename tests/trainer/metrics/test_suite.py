import hashlib
import math

import onnx
import pytest

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.encoder import GENERATOR_KEY
from latent.onnx_file import graph_sha256
from trainer.data import DataError
from trainer.metrics import evaluate, suite
from trainer.metrics.onnx_encoder import OnnxEncoder
from trainer.storage.onnx_metadata import read_card, write_card


@pytest.fixture
def root(classifier, classifiers):
    """A data root in which the classifier is already trained."""
    return classifiers.parent


def test_all_figures_are_measured_and_written_into_the_card(make_stroke_generator, root, config, classifier):
    path = make_stroke_generator()
    quality = evaluate(path, root, samples=300, config=config)
    assert quality.samples == 300
    assert quality.label_accuracy > 0.9
    assert quality.label_accuracy == pytest.approx(sum(quality.label_accuracy_by_label.values()) / 10)
    assert quality.classifier_accuracy == classifier.accuracy
    assert quality.frechet_distance > 3 * quality.frechet_floor > 0
    # One slant and one width for each digit: realistic, but not diverse.
    assert quality.recall < 0.3
    assert quality.coverage < 0.6
    assert quality.ms_ssim > quality.ms_ssim_real + 0.1
    assert (quality.gan_train_accuracy, quality.information, quality.clustering) == (None, {}, None)
    assert quality.controls["c2"].factor == "thickness"
    assert quality.controls["c2"].spearman["thickness"] > 0.8
    card = read_card(path)
    assert card.quality == quality
    assert {v.name: v.factor for v in card.latent if isinstance(v, Continuous)} == {
        name: control.factor for name, control in quality.controls.items()
    }


def test_gan_train_is_measured_on_request_and_kept(make_stroke_generator, root, config, monkeypatch):
    calls = []

    def fake_accuracy(generator, test, n, device, **options):
        calls.append((generator.card.name, test.name, len(test), n, options["config"]))
        options["progress"](0.5)
        return 0.75

    monkeypatch.setattr(suite, "gan_train_accuracy", fake_accuracy)
    path, reported = make_stroke_generator(), []
    quality = evaluate(path, root, 100, full=True, config=config, progress=lambda *stage: reported.append(stage))
    assert quality.gan_train_accuracy == 0.75
    assert calls == [("strokes", "strokes", 1000, 4000, config)]
    assert reported == [("training on generated images", 0.5)]
    assert evaluate(path, root, 100, config=config).gan_train_accuracy == 0.75
    assert len(calls) == 1


def test_an_encoder_beside_the_generator_is_measured(make_stroke_generator, make_stroke_encoder, root, config):
    path = make_stroke_generator()
    assert evaluate(path, root, 100, config=config).information == {}
    make_stroke_encoder()
    quality = evaluate(path, root, 1000, config=config)
    assert set(quality.information) == {"c1", "c2"}
    assert quality.information["c1"] == pytest.approx(math.log(10), abs=1e-3)
    assert quality.information["c2"] == pytest.approx(math.log(2) - math.log(2 * math.pi * math.e / 3) / 2, abs=0.05)
    assert quality.clustering.accuracy > 0.3
    assert read_card(path).quality == quality
    assert OnnxEncoder.beside(path) is not None, "the new card has not changed what it names"


def test_an_evaluation_changes_neither_the_encoder_nor_the_graph(
    make_stroke_generator, make_stroke_encoder, root, config
):
    path = make_stroke_generator()
    encoder = make_stroke_encoder()
    graph, named = graph_sha256(path.read_bytes()), encoder.read_bytes()
    evaluate(path, root, 100, config=config)
    assert graph_sha256(path.read_bytes()) == graph
    assert encoder.read_bytes() == named


def test_an_encoder_of_an_earlier_version_is_not_orphaned(make_stroke_generator, make_stroke_encoder, root, config):
    path = make_stroke_generator()
    model = onnx.load(encoder := make_stroke_encoder())
    onnx.helper.set_model_props(model, {GENERATOR_KEY: hashlib.sha256(path.read_bytes()).hexdigest()})
    onnx.save(model, encoder)
    evaluate(path, root, 100, config=config)
    assert OnnxEncoder.beside(path) is not None


def test_measuring_again_gives_the_same_figures(make_stroke_generator, root, config):
    path = make_stroke_generator()
    assert evaluate(path, root, 100, config=config) == evaluate(path, root, 100, config=config)


def test_exchanged_labels_have_no_accuracy(make_stroke_generator, root, config):
    path = make_stroke_generator(digits=[1, 0, 2, 3, 4, 5, 6, 7, 8, 9])
    by_label = evaluate(path, root, samples=100, config=config).label_accuracy_by_label
    assert by_label["0"] == by_label["1"] == 0.0
    assert by_label["2"] > 0.5


@pytest.mark.parametrize(
    "variables", [(Noise(size=3),), (Noise(size=3), Categorical(name="c1", size=10), Continuous(name="c2"))]
)
def test_a_generator_without_labels_gets_the_figures_that_need_none(make_stroke_generator, root, config, variables):
    quality = evaluate(make_stroke_generator(LatentSpec(variables=variables)), root, samples=50, config=config)
    assert quality.label_accuracy is None
    assert quality.label_accuracy_by_label == {}
    assert quality.frechet_distance > quality.frechet_floor
    assert quality.gan_train_accuracy is None
    assert 0 < quality.ms_ssim <= 1
    assert set(quality.controls) == {"c2"} & {v.name for v in variables}


def test_an_unknown_data_set_in_the_card_is_an_error(make_stroke_generator, root):
    path = make_stroke_generator()
    card = read_card(path)
    write_card(path, card.model_copy(update={"provenance": card.provenance.model_copy(update={"dataset": "mine"})}))
    with pytest.raises(DataError, match="no data set 'mine'"):
        evaluate(path, root)
