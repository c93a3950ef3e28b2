"""All metrics of a generator's `.onnx` file, measured and written into its card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from latent.card import Clustering, Quality
from trainer.data import load
from trainer.metrics.classifier import Classifier, ClassifierConfig
from trainer.metrics.clustering import encoder_clustering
from trainer.metrics.disentanglement import controls_of_samples, with_factors
from trainer.metrics.diversity import within_class_ms_ssim
from trainer.metrics.features import real_features
from trainer.metrics.frechet import frechet_distance
from trainer.metrics.gan_test import label_accuracy
from trainer.metrics.gan_train import gan_train_accuracy
from trainer.metrics.information import information_bounds
from trainer.metrics.onnx_encoder import OnnxEncoder
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.metrics.precision_recall import precision_recall
from trainer.metrics.samples import balanced_latents, matched_latents
from trainer.runtime import distributed
from trainer.storage.onnx_metadata import write_card, write_generator_digest

StageProgress = Callable[[str, float], None]
"""Called with the name of what is being trained and the fraction of it that is done, 0 to 1."""

_MAX_NEIGHBOURS = 10_000  # images of either kind for precision and recall: the time grows with the square


def evaluate(
    path: Path,
    data_root: Path,
    samples: int = 10_000,
    device: torch.device | None = None,
    *,
    full: bool = False,
    seed: int = 0,
    progress: StageProgress | None = None,
    config: ClassifierConfig | None = None,
) -> Quality:
    """Measure the generator at `path` on `samples` images, equally many of each label, and write its card.

    The Frechet distance, precision and recall use another `samples` images, with the label frequencies of the data.

    The classifier is trained on the card's data set, on `device`, or loaded from the data root if it was trained
    before. `full` trains a second one on as many generated images (GAN-train); without it, the card keeps its previous
    figure. The encoder `<name>.encoder.onnx` is measured where that file exists beside the generator's.

    With several processes, each generates and classifies its shard, all get the same figures, and the main process
    writes them.

    Raises:
        CardError: the file has no readable card, or the encoder belongs to another generator.
        DataError: the card's data set is unknown or missing.
        ValueError: there are too few samples for nearest neighbours.
    """
    generator = OnnxGenerator(path)
    card, spec, encoder = generator.card, generator.spec, OnnxEncoder.beside(path)
    device, progress = device or torch.device("cpu"), progress or (lambda _stage, _fraction: None)
    train, test = (load(card.provenance.dataset, data_root, split) for split in ("train", "test"))
    cache = data_root / "classifiers"
    training = partial(progress, "training the classifier")
    classifier = Classifier.load_or_train(train, test, cache, device, training, config)

    latents, categories = balanced_latents(spec, samples, seed)
    images = generator.generate(latents)
    probabilities = classifier.probabilities(torch.from_numpy(images))
    matched = generator.generate(matched_latents(train.labels.numpy(), train.label_names, spec, samples, seed))
    features = classifier.features(torch.from_numpy(matched))
    real, real_test = (real_features(classifier, split, cache) for split in (train, test))

    accuracy: float | None = None
    by_label: dict[str, float] = {}
    gan_train = card.quality.gan_train_accuracy if card.quality else None
    if spec.labelled:
        accuracy, by_label = label_accuracy(probabilities, test.label_names, categories, spec.labelled.labels)
        if full:
            training = partial(progress, "training on generated images")
            gan_train = gan_train_accuracy(
                generator, test, len(train), device, seed=seed, progress=training, config=config
            )
    neighbours = min(_MAX_NEIGHBOURS, samples, len(train))
    # A random part of the data, because a data set may be sorted by label.
    subset = np.random.default_rng(seed).permutation(len(train))[:neighbours]
    information: dict[str, float] = {}
    clustering: Clustering | None = None
    if encoder:
        information = information_bounds(encoder.encode(images), spec, latents)
        clustering = encoder_clustering(encoder.encode(test.images.numpy()), spec, test.labels.numpy())
    quality = Quality(
        samples=samples,
        label_accuracy=accuracy,
        label_accuracy_by_label=by_label,
        gan_train_accuracy=gan_train,
        classifier_accuracy=classifier.accuracy,
        frechet_distance=frechet_distance(features, real),
        frechet_floor=frechet_distance(real_test, real),
        **precision_recall(real[subset], features[:neighbours])._asdict(),
        # Without labels, the classes are those that the classifier predicts.
        ms_ssim=within_class_ms_ssim(images, categories if spec.labelled else probabilities.argmax(axis=1), seed),
        ms_ssim_real=within_class_ms_ssim(train.images.numpy(), train.labels.numpy(), seed),
        controls=controls_of_samples(spec, latents, images, categories),
        information=information,
        clustering=clustering,
    )
    if not distributed.is_main_process():
        return quality
    if encoder:
        # By the graph's digest: encoders of earlier versions have that of the file, which a new card changes.
        write_generator_digest(encoder.path, path)
    write_card(path, card.model_copy(update={"latent": with_factors(spec, quality.controls), "quality": quality}))
    return quality
