"""An encoder: what it reads off images, and which files are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latent import LatentSpec, ModelCard
from latent.card import ImageShape
from latent.codes import draw
from service.engine.encoder import EncoderSession
from service.engine.repository.files import LoadError
from service.engine.session import GeneratorSession
from tests.conftest import SIGMA

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def path(make_generator: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_generator(tmp_path_factory.mktemp("models") / "m.onnx")


@pytest.fixture(scope="module")
def generator(path: Path) -> GeneratorSession:
    return GeneratorSession(path)


def test_it_reads_the_codes_that_drew_the_images(
    path: Path, generator: GeneratorSession, make_encoder: Make, mnist: LatentSpec
) -> None:
    file = make_encoder(path.with_suffix(".encoder.onnx"), path)
    encoder = EncoderSession(file, generator.digests, generator.card)
    latents = draw(mnist, 5, range(20))
    read = encoder.encode(generator.run(latents))
    assert (read.dtype, read.shape) == (np.float32, (20, 13))
    assert list(encoder.output_slices) == ["c1", "c2", "c2_log_variance", "c3"]
    assert (read[:, encoder.output_slices["c1"]].argmax(1) == latents[:, mnist.slices["c1"]].argmax(1)).all()
    for name in ("c2", "c3"):
        np.testing.assert_allclose(read[:, encoder.output_slices[name]], latents[:, mnist.slices[name]], atol=1 / 40)
    np.testing.assert_allclose(read[:, encoder.output_slices["c2_log_variance"]], 2 * np.log(SIGMA), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "card", "reason"),
    [
        ({"digest": "0" * 64}, {}, "names another generator than"),
        ({"c3": "c4"}, {}, "gives 'c4'; the outputs of its generator's codes are c1, c2, c3, c2_log_variance"),
        ({"c2": "c1", "c1": "c2"}, {}, r"'c2' must be finite float32 \(2, 1\), but is float32 \(2, 10\)"),
        ({}, {"image": ImageShape(channels=3, height=2, width=74)}, "cannot be loaded"),
    ],
)
def test_what_does_not_fit_its_generator_is_refused(
    path: Path, generator: GeneratorSession, make_encoder: Make, tmp_path: Path, change: Any, card: Any, reason: str
) -> None:
    file = make_encoder(tmp_path / "m.encoder.onnx", path, **change)
    with pytest.raises(LoadError, match=reason):
        EncoderSession(file, generator.digests, ModelCard(**dict(generator.card) | card))
