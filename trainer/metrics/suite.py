"""All metrics of a generator's `.onnx` file, measured and written into its card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from latent.card import Quality
from latent.quality_file import path_beside
from trainer.data import load
from trainer.data.look_alikes import has_look_alikes
from trainer.data.partition import train_and_validation
from trainer.metrics import judge as judges
from trainer.metrics.classifier import ClassifierConfig
from trainer.metrics.clustering import encoder_clustering
from trainer.metrics.disentanglement import controls_of_samples, with_factors
from trainer.metrics.evaluation_latents import balanced_latents, matched_latents
from trainer.metrics.features import real_features
from trainer.metrics.frechet import frechet_distance
from trainer.metrics.gan_train import gan_train_accuracy
from trainer.metrics.information import information_bounds
from trainer.metrics.label_accuracy import folded_accuracy, label_accuracy
from trainer.metrics.ms_ssim import within_class_ms_ssim
from trainer.metrics.onnx_encoder import OnnxEncoder
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.metrics.precision_recall import precision_recall
from trainer.metrics.writer_verification import verify_writers
from trainer.runtime import distributed
from trainer.storage.onnx_metadata import read_card, write_card, write_generator_digest

StageProgress = Callable[[str, float], None]
"""Called with the name of what is being trained and the fraction of it that is done, 0 to 1."""

EvaluationSplit = Literal["validation", "test"]
"""`validation` while a recipe is tuned, `test` once, for figures that are published."""

_MAX_NEIGHBOURS = 10_000  # images of either kind for precision and recall: the time grows with the square

Features = NDArray[np.float32]


class Options(TypedDict, total=False):
    """The options of `measure` that `evaluate` passes on."""

    split: EvaluationSplit
    full: bool
    seed: int
    progress: StageProgress | None
    config: ClassifierConfig | None


def evaluate(
    path: Path,
    data_root: Path,
    samples: int = 10_000,
    device: torch.device | None = None,
    **options: Unpack[Options],
) -> Quality:
    """`measure` the generator at `path`, and write the figures into its card.

    With several processes, all get the same figures, and the main process writes them.

    Raises:
        CardError, DataError, ValueError: as `measure`.
    """
    card, encoder = read_card(path), OnnxEncoder.beside(path)
    quality = measure(path, data_root, samples, device, previous=card.quality, **options)
    if not distributed.is_main_process():
        return quality
    if encoder:
        # By the graph's digest: encoders of earlier versions have that of the file, which a new card changes.
        write_generator_digest(encoder.path, path)
    described = {"latent": with_factors(card.latent, quality.controls), "quality": quality}
    write_card(path, card.model_copy(update=described))
    path_beside(path).unlink(missing_ok=True)  # those figures are older now
    return quality


def measure(
    path: Path,
    data_root: Path,
    samples: int = 10_000,
    device: torch.device | None = None,
    *,
    previous: Quality | None = None,
    split: EvaluationSplit = "validation",
    full: bool = False,
    seed: int = 0,
    progress: StageProgress | None = None,
    config: ClassifierConfig | None = None,
) -> Quality:
    """The quality of the generator at `path`, on `samples` images, equally many of each label.

    Distances and neighbours are between further generated images, with the label frequencies of the data, and as many
    real images: `samples` of each, or as many as `judge.Parts.reference` has.

    The judge is trained on a part of the card's data set, on `device`, or loaded from the package or the data root.
    Classifiers and the encoder `<name>.encoder.onnx`, where it exists beside the generator's file, are measured on the
    real images of `split`; the test images are not read with `validation`. `full` trains a second classifier on as many
    generated images as the judge was trained on (GAN-train). What is not measured now keeps its `previous` figure:
    GAN-train without `full`, and the encoder's figures without an encoder; but none that other real images decided.

    With several processes, each generates and classifies its shard, and all get the same figures.

    Raises:
        CardError: the file has no readable card, or the encoder belongs to another generator.
        DataError: the card's data set is unknown or missing.
        ValueError: there are too few samples for nearest neighbours.
    """
    generator = OnnxGenerator(path)
    card, spec, encoder = generator.card, generator.spec, OnnxEncoder.beside(path)
    device, progress = device or torch.device("cpu"), progress or (lambda _stage, _fraction: None)
    train, validation = train_and_validation(card.provenance.dataset, data_root)
    parts = judges.divide(train, validation)
    evaluation = parts.validation if split == "validation" else load(card.provenance.dataset, data_root, "test")
    cache = data_root / "classifiers"
    training = partial(progress, "training the judge")
    judge = judges.load_or_train(parts, cache, device, training, config)

    latents, categories = balanced_latents(spec, samples, seed)
    images = generator.generate(latents)
    probabilities = judge.probabilities(torch.from_numpy(images))
    accuracy = folded = None
    by_label: dict[str, float] = {}
    same_split = previous is not None and (previous.split or "test") == split
    gan_train = (
        previous.gan_train_accuracy if previous and same_split and previous.judge_sha256 == judge.digest else None
    )
    if spec.labelled:
        if has_look_alikes(spec.labelled.labels):
            folded = folded_accuracy(probabilities, evaluation.label_names, categories, spec.labelled.labels)
        accuracy, by_label = label_accuracy(probabilities, evaluation.label_names, categories, spec.labelled.labels)
        if full:
            training = partial(progress, "training on generated images")
            sizes = len(parts.judge), len(parts.validation)
            gan_train = gan_train_accuracy(
                generator, evaluation, *sizes, device, seed=seed, progress=training, config=config or judges.CONFIG
            )

    reference, comparison = (real_features(judge, part, cache) for part in (parts.reference, parts.comparison))
    compared = min(samples, len(reference), len(comparison))
    matched = matched_latents(parts.reference.labels.numpy(), train.label_names, spec, compared, seed)
    features = judge.features(torch.from_numpy(generator.generate(matched)))
    reference, comparison = reference[:compared], comparison[:compared]

    writers = None
    if spec.style and train.writers is not None:
        training = partial(progress, "training the network that verifies writers")
        writers = verify_writers(generator, train, evaluation, device, seed, training)
    information = previous.information if previous else {}
    clustering = previous.clustering if previous and same_split else None
    if encoder:
        information = information_bounds(encoder.encode(images), spec, latents)
        clustering = encoder_clustering(encoder.encode(evaluation.images.numpy()), spec, evaluation.labels.numpy())
    return Quality(
        samples=samples,
        judge_sha256=judge.digest,
        split=split,
        compared=compared,
        label_accuracy=accuracy,
        label_accuracy_folded=folded,
        label_accuracy_by_label=by_label,
        gan_train_accuracy=gan_train,
        classifier_accuracy=judge.accuracy(evaluation),
        writer_verification=writers,
        frechet_distance=frechet_distance(features, reference),
        frechet_floor=frechet_distance(comparison, reference),
        **_neighbours(reference, features),
        **_neighbours(reference, comparison, "_real"),
        # Without labels, the classes are those that the judge predicts.
        ms_ssim=within_class_ms_ssim(images, categories if spec.labelled else probabilities.argmax(axis=1), seed),
        ms_ssim_real=within_class_ms_ssim(train.images.numpy(), train.labels.numpy(), seed),
        controls=controls_of_samples(spec, latents, images, categories),
        information=information,
        clustering=clustering,
    )


def _neighbours(reference: Features, features: Features, suffix: str = "") -> dict[str, float]:
    """Precision, recall, density and coverage, by the name of their field; both sets are in random order."""
    figures = precision_recall(reference[:_MAX_NEIGHBOURS], features[:_MAX_NEIGHBOURS])._asdict()
    return {name + suffix: value for name, value in figures.items()}
