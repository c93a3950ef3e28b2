import dataclasses
import hashlib
import math

import onnx
import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.encoder import GENERATOR_KEY
from latent.onnx_file import graph_sha256
from trainer import data
from trainer.data import DataError, partition
from trainer.data.partition import hold_out_validation
from trainer.metrics import evaluate, judge, measure, suite
from trainer.metrics.onnx_encoder import OnnxEncoder
from trainer.metrics.precision_recall import precision_recall
from trainer.storage.onnx_metadata import read_card, write_card


@pytest.fixture
def root(classifier, classifiers):
    """A data root in which the classifier is already trained."""
    return classifiers.parent


def test_all_figures_are_measured_and_written_into_the_card(make_stroke_generator, root, config, classifier, parts):
    path = make_stroke_generator()
    quality = evaluate(path, root, samples=300, config=config)
    assert quality.samples == 300
    assert quality.label_accuracy > 0.9
    assert quality.label_accuracy == pytest.approx(sum(quality.label_accuracy_by_label.values()) / 10)
    assert quality.classifier_accuracy == classifier.accuracy(parts.validation)
    assert (quality.judge_sha256, quality.split, quality.compared) == (classifier.digest, "validation", 300)
    assert quality.frechet_distance > 3 * quality.frechet_floor > 0
    # One slant and one width for each digit: realistic, but not diverse.
    assert quality.recall < 0.3
    assert quality.coverage < 0.6
    assert min(quality.precision_real, quality.recall_real, quality.density_real, quality.coverage_real) > 0.8
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

    def fake_accuracy(generator, real, n, validation, device, **options):
        calls.append((generator.card.name, real.name, len(real), n, validation, options["config"]))
        options["progress"](0.5)
        return 0.75

    monkeypatch.setattr(suite, "gan_train_accuracy", fake_accuracy)
    path, reported = make_stroke_generator(), []
    quality = evaluate(path, root, 100, full=True, config=config, progress=lambda *stage: reported.append(stage))
    assert quality.gan_train_accuracy == 0.75
    assert calls == [("strokes", "strokes", 333, 2334, 333, config)]
    assert reported == [("training on generated images", 0.5)]
    assert evaluate(path, root, 100, config=config).gan_train_accuracy == 0.75
    assert len(calls) == 1
    assert evaluate(path, root, 100, split="test", config=config).gan_train_accuracy is None, "it was of other images"


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


def test_test_images_are_read_on_request_only(
    make_stroke_generator, root, config, classifier, stroke_test, monkeypatch
):
    read = []

    def load(name, root, split):
        read.append(split)
        return data.load(name, root, split)

    for module in (suite, partition):
        monkeypatch.setattr(module, "load", load)
    evaluate(make_stroke_generator(), root, 100, config=config)
    assert read == ["train"]
    quality = measure(make_stroke_generator(), root, 100, split="test", config=config)
    assert (quality.split, quality.classifier_accuracy) == ("test", classifier.accuracy(stroke_test))


def test_measuring_does_not_change_the_file(make_stroke_generator, root, config):
    path = make_stroke_generator()
    before = path.read_bytes()
    measure(path, root, 100, config=config)
    assert path.read_bytes() == before


@pytest.mark.parametrize("samples", [300, 3000])
def test_all_labels_are_compared_where_the_data_are_sorted_by_label(
    make_stroke_generator, root, config, strokes, samples, monkeypatch
):
    """With more samples than real images too."""
    order = strokes.labels.argsort(stable=True)
    by_label = dataclasses.replace(strokes, images=strokes.images[order], labels=strokes.labels[order])
    monkeypatch.setattr(suite, "load", lambda name, root, split: by_label)
    monkeypatch.setattr(suite, "_MAX_NEIGHBOURS", 200)
    compared = []

    def spy(real, generated):
        compared.append((real, generated))
        return precision_recall(real, generated)

    monkeypatch.setattr(suite, "precision_recall", spy)
    quality = measure(make_stroke_generator(), root, samples, config=config)
    assert quality.compared == min(samples, 666)
    parts = judge.divide(*hold_out_validation(by_label))
    trained = judge.load_or_train(parts, root / "classifiers", torch.device("cpu"), config=config)
    for sets in compared:
        for features in sets:
            logits = trained.network.head(torch.from_numpy(features))
            assert len(features) == 200
            assert logits.argmax(1).bincount(minlength=10).min() > 5


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
