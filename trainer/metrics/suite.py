"""Measure a generator's `.onnx` file as it ships, and write what was found into its card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from latent.card import Clustering, Quality
from trainer.data import load
from trainer.export.encoder import name_generator
from trainer.export.onnx_file import Generator, write_card
from trainer.metrics import encoder
from trainer.metrics.classifier import Config, Reader
from trainer.metrics.disentanglement import correlate, named
from trainer.metrics.diversity import within_class_ms_ssim
from trainer.metrics.features import real_features
from trainer.metrics.frechet import frechet_distance
from trainer.metrics.gan_test import label_accuracy
from trainer.metrics.gan_train import gan_train_accuracy
from trainer.metrics.precision_recall import precision_recall
from trainer.metrics.samples import as_in, balanced
from trainer.training import distributed

Watcher = Callable[[str, float], None]
"""Told what is being trained, and the share of it that is done, 0 to 1."""

_NEIGHBOURHOOD = 10_000  # images of either kind whose neighbours are looked for: the time grows with the square


def evaluate(
    path: Path,
    data_root: Path,
    samples: int = 10_000,
    device: torch.device | None = None,
    *,
    full: bool = False,
    seed: int = 0,
    watcher: Watcher | None = None,
    config: Config | None = None,
) -> Quality:
    """Measure the generator at `path` on `samples` images, as many of each label, and write its card.

    The distance to the data, precision and recall are those of as many again, each label as often as in the data.

    The reader is trained on the data set the card names, on `device`, or loaded from the data root where that was
    done before. `full` trains another on as many generated images (GAN-train); without it, the card keeps the figure
    it has. What `<name>.encoder.onnx` reads is measured where that file stands beside the generator's.

    Several processes each draw and read their share, come to the same figures, and the first writes them.

    Raises:
        CardError: the file has no readable card, or the encoder is another generator's.
        DataError: the card's data set is unknown or not there.
        ValueError: too few samples to have neighbours.
    """
    generator = Generator(path)
    card, spec, reads = generator.card, generator.spec, encoder.beside(path)
    device, watcher = device or torch.device("cpu"), watcher or (lambda _what, _share: None)
    train, test = (load(card.provenance.dataset, data_root, split) for split in ("train", "test"))
    cache = data_root / "readers"
    reader = Reader.load_or_train(train, test, cache, device, partial(watcher, "training the reader"), config)

    latents, categories = balanced(spec, samples, seed)
    drawn = generator.images(latents)
    images = torch.from_numpy(drawn)
    read = reader.probabilities(images)
    like_data = generator.images(as_in(train.labels.numpy(), train.label_names, spec, samples, seed))
    features = reader.features(torch.from_numpy(like_data))
    real, real_test = (real_features(reader, split, cache) for split in (train, test))

    accuracy: float | None = None
    by_label: dict[str, float] = {}
    gan_train = card.quality.gan_train_accuracy if card.quality else None
    if spec.labelled:
        accuracy, by_label = label_accuracy(read, test.label_names, categories, spec.labelled.labels)
        if full:
            told = partial(watcher, "training on generated images")
            gan_train = gan_train_accuracy(generator, test, len(train), device, seed=seed, progress=told, config=config)
    near = min(_NEIGHBOURHOOD, samples, len(train))
    sample = np.random.default_rng(seed).permutation(len(train))[:near]  # a data set may be sorted by label
    information: dict[str, float] = {}
    clustering: Clustering | None = None
    if reads:
        information = encoder.information(encoder.read(reads, drawn), spec, latents)
        clustering = encoder.clusters(encoder.read(reads, test.images.numpy()), spec, test.labels.numpy())
    quality = Quality(
        samples=samples,
        label_accuracy=accuracy,
        label_accuracy_by_label=by_label,
        gan_train_accuracy=gan_train,
        classifier_accuracy=reader.accuracy,
        frechet_distance=frechet_distance(features, real),
        frechet_floor=frechet_distance(real_test, real),
        **precision_recall(real[sample], features[:near])._asdict(),
        # Without labels a class is what the reader takes the images for.
        ms_ssim=within_class_ms_ssim(drawn, categories if spec.labelled else read.argmax(axis=1), seed),
        ms_ssim_real=within_class_ms_ssim(train.images.numpy(), train.labels.numpy(), seed),
        controls=correlate(spec, latents, drawn, categories),
        information=information,
        clustering=clustering,
    )
    if not distributed.first():
        return quality
    write_card(path, card.model_copy(update={"latent": named(spec, quality.controls), "quality": quality}))
    if reads:
        name_generator(reads, path)  # the card has changed the file, and so its digest
    return quality
