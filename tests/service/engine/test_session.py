"""A generator's session loads only what fits its card, on the device that was asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

from latent import LatentSpec
from latent.card import ImageShape, Quality
from latent.codes import draw
from latent.quality_file import QualityFile, path_beside
from service.engine.session import GeneratorSession, LoadError

Make = Callable[..., Path]


def test_images_are_the_graphs(make_generator: Make, tmp_path: Path, mnist: LatentSpec, latents_of: Any) -> None:
    path = make_generator(tmp_path / "good.onnx")
    generator = GeneratorSession(path, "cpu")
    latents = draw(mnist, 1, range(5))
    images = generator.run(latents)
    assert images.dtype == np.uint8
    assert images.shape == (5, 1, 2, 74)
    np.testing.assert_allclose(latents_of(images[:, 0]), latents, atol=0.026)
    assert generator.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert generator.provider == "CPUExecutionProvider"
    assert generator.card.name == "good"


def test_a_sample_does_not_depend_on_its_batch(make_generator: Make, tmp_path: Path, mnist: LatentSpec) -> None:
    generator = GeneratorSession(make_generator(tmp_path / "good.onnx"))
    latents = draw(mnist, 1, range(70))
    alone = np.concatenate([generator.run(latents[i : i + 1]) for i in range(70)])
    np.testing.assert_array_equal(generator.run(latents), alone)


WRONG_SHAPE = {"image": ImageShape(channels=3, height=2, width=74)}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"card": None}, "no 'inkcode.card' in the file's metadata"),
        ({"graph": {"latent": "z"}}, r"must map `latent` to `images`, but maps \['z'\] to \['images'\]"),
        ({"graph": {"images": "out"}}, r"must map `latent` to `images`, but maps \['latent'\] to \['out'\]"),
        (
            {"graph": {"kind": TensorProto.DOUBLE}},
            r"must be float32 \(batch, 74\) by its card, but is tensor\(double\)",
        ),
        ({"graph": {"batch": 1}}, r"must be float32 \(batch, 74\) by its card, but is tensor\(float\) \[1, 74\]"),
        ({"graph": {"cast": TensorProto.INT32}}, r"must be uint8 \(2, 1, 2, 74\) by its card, but are int32"),
        ({"card": WRONG_SHAPE}, r"must be uint8 \(2, 3, 2, 74\) by its card, but are uint8 \(2, 1, 2, 74\)"),
        ({"graph": {"dim": 73}}, r"must be float32 \(batch, 74\) by its card, but is tensor\(float\) \['batch', 73\]"),
        ({"graph": {"pieces": 7}}, "fails to run: "),
    ],
)
def test_what_does_not_fit_its_card_is_refused(
    make_generator: Make, tmp_path: Path, wrong: dict[str, Any], reason: str
) -> None:
    path = make_generator(tmp_path / "bad.onnx", **wrong)
    with pytest.raises(LoadError, match=reason):
        GeneratorSession(path)


@pytest.mark.parametrize("content", [b"", b"not a graph", None])
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LoadError, match="cannot be loaded: "):
        GeneratorSession(path)


def test_a_truncated_file_is_refused(make_generator: Make, tmp_path: Path) -> None:
    path = make_generator(tmp_path / "bad.onnx")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LoadError):
        GeneratorSession(path)


def test_cuda_is_refused_if_onnx_runtime_was_built_without_it(
    make_generator: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_generator(tmp_path / "good.onnx")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(LoadError, match="INKCODE_DEVICE is cuda, but this ONNX Runtime was built without CUDA"):
        GeneratorSession(path, "cuda")
    assert GeneratorSession(path, "auto").provider == "CPUExecutionProvider"


@pytest.fixture
def falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime with CUDA on a machine without a GPU: it falls back to the CPU without an error."""
    session = onnxruntime.InferenceSession

    def on_cpu(content: bytes, options: Any, providers: list[str]) -> Any:
        return session(content, options, providers=["CPUExecutionProvider"])

    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(onnxruntime, "InferenceSession", on_cpu)


@pytest.mark.usefixtures("falls_back")
def test_a_silent_fallback_from_cuda_is_refused(make_generator: Make, tmp_path: Path) -> None:
    path = make_generator(tmp_path / "good.onnx")
    with pytest.raises(LoadError, match="INKCODE_DEVICE is cuda, but ONNX Runtime runs it on CPUExecutionProvider"):
        GeneratorSession(path, "cuda")
    assert GeneratorSession(path, "auto").provider == "CPUExecutionProvider"  # and says what really runs


def test_figures_beside_the_file_take_the_place_of_the_cards(
    tmp_path: Path, make_generator: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = make_generator(tmp_path / "measured.onnx", card={"quality": Quality(samples=100, label_accuracy=0.25)})
    before = GeneratorSession(path)
    assert before.card.quality == Quality(samples=100, label_accuracy=0.25)
    newer = Quality(samples=200, label_accuracy=0.5)
    beside = QualityFile(generator_graph_sha256=before.digests[1], quality=newer)
    path_beside(path).write_text(beside.model_dump_json())
    after = GeneratorSession(path)
    assert after.card == before.card.model_copy(update={"quality": newer})
    assert after.sha256 == before.sha256
    path_beside(path).write_text("{")
    assert GeneratorSession(path).card == before.card
    assert "measured.quality.json" in caplog.text
