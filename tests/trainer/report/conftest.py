"""Runs as `train`, `export` and `evaluate` leave them, without any training."""

import json

import pytest

from latent import Categorical, Continuous, LatentSpec, ModelCard, Noise
from latent.card import Clustering, Control, ImageShape, Provenance, Quality
from trainer.report.record import Record

LABELS = Categorical(name="c1", size=2, labels=("0", "1"))


def quality(accuracy=0.9):
    return Quality(
        samples=1000,
        judge_sha256="a" * 64,
        split="test",
        compared=500,
        label_accuracy=accuracy,
        label_accuracy_by_label={"0": accuracy - 0.05, "1": accuracy + 0.05},
        gan_train_accuracy=0.8,
        classifier_accuracy=0.997,
        frechet_distance=0.3,
        frechet_floor=0.1,
        precision=0.75,
        recall=0.5,
        density=1.25,
        coverage=0.625,
        precision_real=0.875,
        recall_real=0.75,
        density_real=1.125,
        coverage_real=0.9375,
        ms_ssim=0.4,
        ms_ssim_real=0.3,
        controls={"c2": Control(factor="slant", spearman={"slant": 0.95, "width": 0.1})},
        information={"c1": 2.25},
        clustering=Clustering(accuracy=0.97, nmi=0.9, ari=0.88),
    )


def card(system="infogan", seed=1, dataset="mnist", measured=None, spec=None):
    return ModelCard(
        name=f"{dataset}-{system}",
        system=system,
        latent=spec or LatentSpec(variables=(Noise(size=2), LABELS, Continuous(name="c2"))),
        image=ImageShape(channels=1, height=28, width=28),
        provenance=Provenance(
            recipe=system,
            dataset=dataset,
            images=60000,
            labels_read=100,
            seed=seed,
            kimg=900,
            device="cpu",
            versions={"torch": "2.13.0"},
            created="2026-01-01T00:00:00+00:00",
        ),
        quality=measured,
    )


@pytest.fixture
def make_record():
    def make(system="infogan", seed=1, dataset="mnist", measured=None, file_bytes=5_200_000):
        made = card(system, seed, dataset, measured or quality())
        return Record(card=made, file_bytes=file_bytes, seconds=5400, images_per_second=750)

    return make


@pytest.fixture
def make_run(tmp_path, make_generator):
    """Writes a run's folder: a generator with its card, images 6 pixels high, and ticks of 10, 10 and 5 seconds."""

    def make(name="infogan-1", measured=None, **options):
        run = tmp_path / "runs" / name
        run.mkdir(parents=True)
        made = card(measured=measured, **options)
        fields = {field: getattr(made, field) for field in ("name", "system", "provenance", "quality")}
        make_generator(run / f"{made.name}.onnx", made.latent, height=6, card=fields)
        write_ticks(run, (6.0, 600), (12.0, 600), (16.0, 800))
        return run

    return make


def write_ticks(run, *ticks):
    lines = [json.dumps({"kimg": kimg, "images_per_second": rate, "generator/loss": 1.0}) for kimg, rate in ticks]
    (run / "stats.jsonl").write_text("\n".join([*lines, ""]), "utf-8")
