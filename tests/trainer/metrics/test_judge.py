from pathlib import Path

import torch

from trainer.data.partition import hold_out_validation
from trainer.metrics import judge
from trainer.metrics.classifier import Classifier, ClassifierNetwork
from trainer.report.record import load
from trainer.report.report import RECORDS

ROOT = Path(__file__).parents[3]

CPU = torch.device("cpu")


def test_no_image_is_in_two_parts_and_the_compared_parts_are_equally_large(strokes):
    parts = judge.divide(*hold_out_validation(strokes))
    assert [len(part) for part in parts] == [2334, 333, 666, 667]
    found = [image.numpy().tobytes() for part in parts for image in part.images]
    assert len(set(found)) == len({image.numpy().tobytes() for image in strokes.images}) == len(strokes)


def test_a_judge_of_the_package_is_used_before_the_cache(parts, config, classifier, classifiers, tmp_path, monkeypatch):
    def never(fraction):
        raise AssertionError("trained again")

    assert judge.load_or_train(parts, classifiers, CPU, never, config).digest == classifier.digest
    monkeypatch.setattr(judge, "JUDGES", classifiers)
    assert judge.load_or_train(parts, tmp_path, CPU, never, config).digest == classifier.digest
    assert list(tmp_path.iterdir()) == []


def test_without_one_it_is_trained_again_to_the_last_bit_and_cached(parts, config, classifier, tmp_path):
    assert judge.load_or_train(parts, tmp_path, CPU, config=config).digest == classifier.digest
    assert [path.name for path in tmp_path.iterdir()] == [Classifier.path(tmp_path, parts.judge, config).name]


def test_the_records_of_a_judge_of_the_package_have_its_digest():
    """A judge's file is small, and figures that name it were measured with its weights."""
    (path,) = judge.JUDGES.glob("mnist-*.pt")
    assert path.stat().st_size < 1_000_000
    network = ClassifierNetwork(1, 10, judge.CONFIG.width)
    network.load_state_dict(torch.load(path, weights_only=True))
    digests = {run.quality.judge_sha256 for run in load(ROOT / RECORDS) if run.card.provenance.dataset == "mnist"}
    assert digests == {None, Classifier(network).digest}
