import numpy as np
import torch

from trainer import start
from trainer.networks.encoder import Encoder


def test_the_try_with_most_information_goes_on(recipe, strokes, training, monkeypatch):
    scores = iter([0.3, 1.2, 0.7])
    monkeypatch.setattr(start, "information", lambda *_: next(scores))
    made = []

    def make():
        made.append(Encoder(recipe.networks.encoder, recipe.latent, training.shape))
        return made[-1]

    config = recipe.start.model_copy(update={"tries": 3})
    best = start.best_encoder(config, make, recipe.latent, strokes.images[:300], 0, lambda *_: None)
    assert best is made[1]


def test_a_try_that_holds_enough_ends_them(recipe, strokes, training, monkeypatch):
    scores = iter([0.3, 1.2, 0.7])
    monkeypatch.setattr(start, "information", lambda *_: next(scores))
    config = recipe.start.model_copy(update={"tries": 3, "enough": 1.0})
    reports = []
    start.best_encoder(
        config,
        lambda: Encoder(recipe.networks.encoder, recipe.latent, training.shape),
        recipe.latent,
        strokes.images[:300],
        0,
        lambda *report: reports.append(report),
    )
    assert reports == [(0, 0.3), (1, 1.2)]


def test_categories_found_without_labels_follow_the_classes(recipe, strokes, training):
    """On clean strokes a few hundred steps find categories that say much about the class, which was never shown."""
    torch.manual_seed(1)
    config = recipe.start.model_copy(update={"tries": 1, "kimg": 20.0, "batch": 250})
    encoder_config = recipe.networks.encoder.model_copy(update={"channels": (8, 16, 16), "hidden": 64})
    nats = []
    best = start.best_encoder(
        config,
        lambda: Encoder(encoder_config, recipe.latent, training.shape),
        recipe.latent,
        strokes.images,
        0,
        lambda _, value: nats.append(value),
    )
    best.eval()
    with torch.no_grad():
        categories = best(strokes.images.float() / 127.5 - 1).codes["c1"].argmax(1)
    table = np.zeros((10, 10))
    np.add.at(table, (categories.numpy(), strokes.labels.numpy()), 1)
    purity = table.max(1).sum() / table.sum()
    assert nats[0] > 0.5
    assert purity > 0.4  # chance is 0.1
