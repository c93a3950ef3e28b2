import asyncio
from itertools import groupby

import numpy as np
import pytest
import torch

from examples.ocr import real, stream
from trainer.data import Dataset

QUERY = {"n": 6, "size": 4, "seed": 3, "length": "3-5", "jitter": 1}


def bars(per_label):
    """A data set whose every image is one bar, as high as its label says and as bright as its number."""
    labels = torch.arange(10 * per_label) % 10
    images = torch.zeros(10 * per_label, 1, 28, 28, dtype=torch.uint8)
    for k, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        image[0, 22 - 2 * label : 24, 10:14] = 100 + k
    return Dataset("mnist", images, labels, tuple("0123456789"))


def drawn(digits, label, noise):
    latents = np.zeros((len(noise), digits.spec.dim), np.float32)
    latents[:, digits.spec.slices["z"]] = np.asarray(noise, np.float32)[:, None]
    latents[:, digits.spec.slices["label"].start + label] = 1
    return asyncio.run(digits(latents))


def test_a_line_shows_what_it_says():
    for line, text in real.lines(bars(2), **QUERY | {"n": 30, "spacing": 0.5, "kerning": 0}):
        heights = (line > 60).sum(axis=0).tolist()
        seen = [max(bar) for inked, bar in groupby(heights, bool) if inked]
        assert [round((height * 28 / 32 - 2) / 2) for height in seen] == [int(character) for character in text]


def test_every_image_of_a_label_is_drawn_as_often_as_another_and_none_of_others():
    noise = np.random.default_rng(0).standard_normal(3000)
    numbers, times = np.unique(drawn(real.Digits(bars(5)), 7, noise).max(axis=(1, 2, 3)) - 100, return_counts=True)
    assert numbers.tolist() == [7, 17, 27, 37, 47]
    assert times.min() > 500


@pytest.mark.parametrize(("noise", "level"), [(-40.0, 103), (40.0, 123)])
def test_no_noise_points_beside_the_images(noise, level):
    assert drawn(real.Digits(bars(3)), 3, [noise]).max() == level


def test_they_say_what_a_service_s_lines_say(address, mnist):
    streamed = list(stream.stream(address, "mnist-infogan", **QUERY))
    written = list(real.lines(mnist, **QUERY))
    assert [text for _, text in written] == [text for _, text in streamed]
    assert {(line.shape[0], line.dtype) for line, _ in written + streamed} == {(32, np.dtype(np.uint8))}
    assert len({text for _, text in written}) == 6
