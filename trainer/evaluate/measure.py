"""Measure a generator's `.onnx` file as it ships, and write what was found into its card."""

from __future__ import annotations

from pathlib import Path

import torch

from latent.card import Quality
from trainer.data import load
from trainer.evaluate.controls import correlate, named
from trainer.evaluate.frechet import frechet_distance
from trainer.evaluate.label_accuracy import label_accuracy
from trainer.evaluate.reader import Config, Progress, Reader
from trainer.evaluate.samples import balanced
from trainer.onnxfile import Generator, write_card


def evaluate(
    path: Path,
    data_root: Path,
    samples: int = 10_000,
    device: torch.device | None = None,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    config: Config | None = None,
) -> Quality:
    """Measure the generator at `path` on `samples` images, as many of each label, and write its card.

    The reader is trained on the data set the card names, on `device`, or loaded from the data root where that was
    done before; `progress` is told the share of the training that is done.

    Raises:
        CardError: the file has no readable card.
        DataError: the card's data set is unknown or not there.
    """
    generator = Generator(path)
    card, spec = generator.card, generator.spec
    train, test = (load(card.provenance.dataset, data_root, split) for split in ("train", "test"))
    reader = Reader.load_or_train(train, test, data_root / "readers", device or torch.device("cpu"), progress, config)

    latents, categories = balanced(spec, samples, seed)
    drawn = generator.images(latents)
    images = torch.from_numpy(drawn)
    accuracy: float | None = None
    by_label: dict[str, float] = {}
    if spec.labelled:
        read = reader.probabilities(images)
        accuracy, by_label = label_accuracy(read, test.label_names, categories, spec.labelled.labels)
    real = reader.features(train.images)
    quality = Quality(
        samples=samples,
        label_accuracy=accuracy,
        label_accuracy_by_label=by_label,
        classifier_accuracy=reader.accuracy,
        frechet_distance=frechet_distance(reader.features(images), real),
        frechet_floor=frechet_distance(reader.features(test.images), real),
        controls=correlate(spec, latents, drawn, categories),
    )
    write_card(path, card.model_copy(update={"latent": named(spec, quality.controls), "quality": quality}))
    return quality
