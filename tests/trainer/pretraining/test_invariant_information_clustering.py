import numpy as np
import torch
from torch.nn import functional as F

from trainer.data.augmentation import RandomAffine
from trainer.data.labelled_subset import LabelledSubset
from trainer.networks.encoder import Encoder
from trainer.training import pretraining


def test_the_try_with_most_information_goes_on(recipe, strokes, training, monkeypatch):
    scores = iter([0.3, 1.2, 0.7])
    monkeypatch.setattr(pretraining, "information", lambda *_: next(scores))
    made = []

    def make():
        made.append(Encoder(recipe.networks.encoder, recipe.latent, training.shape))
        return made[-1]

    config = recipe.start.model_copy(update={"tries": 3})
    best = pretraining.best_encoder(config, make, recipe.latent, strokes.images[:300], 0, lambda *_: None)
    assert best is made[1]


def test_a_try_that_holds_enough_ends_them(recipe, strokes, training, monkeypatch):
    scores = iter([0.3, 1.2, 0.7])
    monkeypatch.setattr(pretraining, "information", lambda *_: next(scores))
    config = recipe.start.model_copy(update={"tries": 3, "enough": 1.0})
    reports = []
    pretraining.best_encoder(
        config,
        lambda: Encoder(recipe.networks.encoder, recipe.latent, training.shape),
        recipe.latent,
        strokes.images[:300],
        0,
        lambda *report: reports.append(report),
    )
    assert reports == [(0, 0.3), (1, 1.2)]


def test_labels_name_the_groups_by_majority(recipe, strokes, training, monkeypatch):
    labels = Labels(strokes.images, strokes.labels, "c1", 10, 100, seed=0)
    fine = labels.labels * 2 + torch.arange(100) % 2  # each label is split into two fine clusters
    monkeypatch.setattr(pretraining, "_look", lambda *_: (None, F.one_hot(fine, 20).float()))
    shuffled = torch.randperm(10, generator=torch.Generator().manual_seed(0))
    groups = shuffled[torch.arange(20) // 2]
    named = pretraining._in_label_order(recipe.start, None, groups, labels)
    assert named.tolist() == [k // 2 for k in range(20)]


def dots(n=3000):
    """One dot an image, at one of ten places on a circle, of any size and brightness: ten classes easy to tell."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 10
    y, x = np.mgrid[:28, :28] + 0.5
    middle_y, middle_x = (14 + 9 * turn(2 * np.pi * labels / 10)[:, None, None] for turn in (np.sin, np.cos))
    radius, ink = (rng.uniform(*limits, n)[:, None, None] for limits in ((2, 3.5), (128, 255)))
    images = ink * (np.hypot(y - middle_y, x - middle_x) < radius)
    return torch.from_numpy(images.astype(np.uint8)).unsqueeze(1), labels


def test_categories_found_without_labels_follow_the_classes(recipe, training):
    torch.manual_seed(1)
    images, labels = dots()
    gentle = RandomAffine(rotate=5.0, shear=0.1, scale=0.1, translate=0.03)
    changes = {"tries": 1, "kimg": 30.0, "teach_kimg": 10.0, "batch": 100, "held_out": 500, "augment": gentle}
    config = recipe.start.model_copy(update=changes)
    encoder_config = recipe.networks.encoder.model_copy(update={"channels": (8, 16, 16), "hidden": 64})
    nats = []
    best = pretraining.best_encoder(
        config,
        lambda: Encoder(encoder_config, recipe.latent, training.shape),
        recipe.latent,
        images,
        0,
        lambda _, value: nats.append(value),
    )
    best.eval()
    with torch.no_grad():
        categories = best(images.float() / 127.5 - 1).codes["c1"].argmax(1).numpy()
    table = np.zeros((10, 10))
    np.add.at(table, (categories, labels), 1)
    purity = table.max(1).sum() / table.sum()
    assert nats[0] > 0.5
    assert purity > 0.35  # chance is 0.1
