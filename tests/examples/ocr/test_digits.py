import torch

from examples.ocr import digits
from examples.ocr.digits import Config
from trainer.data import Dataset

CONFIG = Config(labels=(10, 20), generated=40, images_seen=40, batch=10, width=4)


def test_generated_digits_are_streamed_with_their_labels(address, mnist):
    found = digits.streamed(address, "mnist-infogan", mnist.label_names, CONFIG, 1)
    assert found.images.shape == (40, 1, 28, 28)
    assert found.images.dtype == torch.uint8
    assert found.labels.bincount().tolist() == [4] * 10


def test_real_images_are_repeated_to_balance_the_generated_ones(mnist, monkeypatch):
    seen = []
    monkeypatch.setattr(digits, "_accuracy", lambda train, *_: seen.append(train) or 0.5)
    generated = Dataset(
        "generated", torch.zeros(40, 1, 28, 28, dtype=torch.uint8), torch.zeros(40).long(), mnist.label_names
    )
    progress = []
    assert digits.measure(generated, mnist, mnist, CONFIG, 1, progress.append) == {0: 0.5, 10: 0.5, 20: 0.5}
    assert progress == [1 / 3, 2 / 3, 1]
    assert [len(train) for train in seen] == [40, 80, 80]
    for train, count in zip(seen[1:], (10, 20), strict=True):
        real = train.images[40:]
        assert len({image.numpy().tobytes() for image in real}) == count
        assert train.labels[40:].bincount().tolist() == [4] * 10


def test_without_generated_digits_only_real_ones_are_used(mnist):
    found = digits.measure(None, mnist, mnist, CONFIG, 1, lambda share: None)
    assert set(found) == {10, 20}
    assert all(0 <= accuracy <= 1 for accuracy in found.values())


def test_another_seed_selects_other_images(mnist, monkeypatch):
    seen = []
    monkeypatch.setattr(digits, "_accuracy", lambda train, *_: seen.append(train.images) or 0.5)
    for seed in (1, 1, 2):
        digits.measure(None, mnist, mnist, Config(labels=(10,)), seed, lambda share: None)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
