import asyncio
from itertools import groupby

import numpy as np
import pytest
import torch

from examples.ocr import real_lines, stream
from trainer.data import Dataset

QUERY = {"n": 6, "size": 4, "seed": 3, "length": "3-5", "jitter": 1}


def bars(per_label):
    """A data set of bars: the height tells the label, the brightness the index of the image."""
    labels = torch.arange(10 * per_label) % 10
    images = torch.zeros(10 * per_label, 1, 28, 28, dtype=torch.uint8)
    for k, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        image[0, 22 - 2 * label : 24, 10:14] = 100 + k
    return Dataset("mnist", images, labels, tuple("0123456789"))


def images_of(digits, label, noise):
    latents = np.zeros((len(noise), digits.spec.dim), np.float32)
    latents[:, digits.spec.slices["z"]] = np.asarray(noise, np.float32)[:, None]
    latents[:, digits.spec.slices["label"].start + label] = 1
    return asyncio.run(digits(latents))


def test_a_line_shows_its_text():
    for line, text in real_lines.lines(bars(2), **QUERY | {"n": 30, "spacing": 0.5, "kerning": 0}):
        heights = (line > 60).sum(axis=0).tolist()
        seen = [max(bar) for inked, bar in groupby(heights, bool) if inked]
        assert [round((height * 28 / 32 - 2) / 2) for height in seen] == [int(character) for character in text]


def test_all_images_of_a_label_are_equally_likely_and_no_others_occur():
    noise = np.random.default_rng(0).standard_normal(3000)
    numbers, times = np.unique(
        images_of(real_lines.RealDigits(bars(5)), 7, noise).max(axis=(1, 2, 3)) - 100, return_counts=True
    )
    assert numbers.tolist() == [7, 17, 27, 37, 47]
    assert times.min() > 500


@pytest.mark.parametrize(("noise", "level"), [(-40.0, 103), (40.0, 123)])
def test_extreme_noise_selects_the_first_or_the_last_image(noise, level):
    assert images_of(real_lines.RealDigits(bars(3)), 3, [noise]).max() == level


def test_the_texts_are_those_of_the_service_s_lines(address, mnist):
    streamed = list(stream.stream(address, "mnist-infogan", **QUERY))
    real = list(real_lines.lines(mnist, **QUERY))
    assert [text for _, text in real] == [text for _, text in streamed]
    assert {(line.shape[0], line.dtype) for line, _ in real + streamed} == {(32, np.dtype(np.uint8))}
    assert len({text for _, text in real}) == 6
