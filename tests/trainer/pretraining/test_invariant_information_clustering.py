import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from trainer.data.augmentation import RandomAffine
from trainer.data.labelled_subset import LabelledSubset
from trainer.networks.encoder import Encoder
from trainer.pretraining.invariant_information_clustering import InvariantInformationClustering


def pretrain(config, training, images, monkeypatch, information):
    """Pretrain with the given information of each restart; returns the candidates' weights and the lines logged."""
    candidates, lines, scores = [], [], iter(information)

    def score(_self, encoder, _images):
        candidates.append({name: value.clone() for name, value in encoder.state_dict().items()})
        return next(scores)

    monkeypatch.setattr(InvariantInformationClustering, "information", score)
    config(training.networks, training.recipe.latent, images, None, 0, lines.append)
    return candidates, lines


def test_the_restart_with_most_information_is_kept(recipe, strokes, training, monkeypatch):
    config = recipe.pretraining.model_copy(update={"restarts": 3})
    candidates, lines = pretrain(config, training, strokes.images[:300], monkeypatch, [0.3, 1.2, 0.7])
    assert lines == [
        "pretraining 1/3: 0.300 nats on held-out images",
        "pretraining 2/3: 1.200 nats on held-out images",
        "pretraining 3/3: 0.700 nats on held-out images",
    ]
    kept = training.networks["encoder"].state_dict()
    equal = [all(torch.equal(kept[name], value) for name, value in weights.items()) for weights in candidates]
    assert equal == [False, True, False]


def test_a_restart_with_enough_information_is_the_last(recipe, strokes, training, monkeypatch):
    config = recipe.pretraining.model_copy(update={"restarts": 3, "stop_at_nats": 1.0})
    candidates, _ = pretrain(config, training, strokes.images[:300], monkeypatch, [0.3, 1.2, 0.7])
    assert len(candidates) == 2


def test_categories_get_the_number_of_their_most_frequent_label(recipe, strokes, monkeypatch):
    labels = LabelledSubset(strokes.images, strokes.labels, "c1", 10, 100, seed=0)
    overclusters = labels.labels * 2 + torch.arange(100) % 2  # each label is split into two overclusters
    logits = F.one_hot(overclusters, 20).float()
    monkeypatch.setattr(InvariantInformationClustering, "_predict", lambda *_: (None, logits))
    shuffled = torch.randperm(10, generator=torch.Generator().manual_seed(0))
    categories = shuffled[torch.arange(20) // 2]
    ordered = recipe.pretraining._order_by_label(None, categories, labels)
    assert ordered.tolist() == [k // 2 for k in range(20)]


def dots(n=3000):
    """One dot per image, at one of ten places on a circle, of random size and brightness: ten classes easy to tell."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 10
    y, x = np.mgrid[:28, :28] + 0.5
    centre_y, centre_x = (14 + 9 * turn(2 * np.pi * labels / 10)[:, None, None] for turn in (np.sin, np.cos))
    radius, ink = (rng.uniform(*limits, n)[:, None, None] for limits in ((2, 3.5), (128, 255)))
    images = ink * (np.hypot(y - centre_y, x - centre_x) < radius)
    return torch.from_numpy(images.astype(np.uint8)).unsqueeze(1), labels


def test_categories_found_without_labels_correspond_to_the_classes(recipe, training):
    torch.manual_seed(1)
    images, labels = dots()
    weak = RandomAffine(rotate=5.0, shear=0.1, scale=0.1, translate=0.03)
    changes = {"restarts": 1, "kimg": 30.0, "distill_kimg": 10.0, "batch": 100, "held_out": 500, "augment": weak}
    config = recipe.pretraining.model_copy(update=changes)
    encoder_config = recipe.networks.encoder.model_copy(update={"channels": (8, 16, 16), "hidden": 64})
    encoder = Encoder(encoder_config, recipe.latent, training.shape)
    config(nn.ModuleDict({"encoder": encoder}), recipe.latent, images, None, 0, lambda _: None)
    assert config.information(encoder, images[-500:]) > 0.5
    encoder.eval()
    with torch.no_grad():
        categories = encoder(images.float() / 127.5 - 1).codes["c1"].argmax(1).numpy()
    table = np.zeros((10, 10))
    np.add.at(table, (categories, labels), 1)
    purity = table.max(1).sum() / table.sum()
    assert purity > 0.35  # chance is 0.1
