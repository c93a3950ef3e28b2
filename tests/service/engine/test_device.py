"""What runs on a GPU, as far as it can be tested without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail

from latent import LatentSpec
from latent.codes import draw
from service.engine.session import Device, GeneratorSession, _bucket, is_gpu_expected

Make = Callable[..., Path]


class OnDevice:
    """A CPU session that accepts the calls of a GPU session, and records the shapes of its batches."""

    def __init__(self, session: Any) -> None:
        self.session, self.shapes = session, list[tuple[int, ...]]()

    def io_binding(self) -> OnDevice:
        return self

    def bind_cpu_input(self, name: str, value: Any) -> None:
        self.given = {name: value}

    def bind_output(self, name: str, device: str) -> None:
        self.wanted, self.device = [name], device

    def run_with_iobinding(self, binding: OnDevice) -> None:
        self.shapes.append(next(iter(self.given.values())).shape)
        self.images = self.session.run(self.wanted, self.given)

    def copy_outputs_to_cpu(self) -> Any:
        return self.images


@pytest.fixture
def generator(make_generator: Make, tmp_path: Path) -> GeneratorSession:
    return GeneratorSession(make_generator(tmp_path / "good.onnx"), "cpu")


def test_batches_run_in_the_least_power_of_two_that_holds_them(generator: GeneratorSession, mnist: LatentSpec) -> None:
    expected = {rows: generator.run(draw(mnist, 1, range(rows))) for rows in (1, 2, 3, 5, 64)}
    device = OnDevice(generator._session)
    generator._session, generator.provider = device, "CUDAExecutionProvider"
    for rows, images in expected.items():
        np.testing.assert_array_equal(generator.run(draw(mnist, 1, range(rows))), images)
    assert device.shapes == [(1, 74), (2, 74), (4, 74), (8, 74), (64, 74)]
    assert device.device == "cuda"


def test_buckets_are_few() -> None:
    assert sorted({_bucket(rows) for rows in range(1, 101)}) == [1, 2, 4, 8, 16, 32, 64, 128]


class Broken:
    """ONNX Runtime's session with a provider that fails when it runs."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self, *arguments: Any) -> Any:
        raise EPFail("the device fell off the bus")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


def test_a_provider_that_fails_is_recorded_and_nothing_falls_back(
    generator: GeneratorSession, mnist: LatentSpec
) -> None:
    generator._session._sess = Broken(generator._session._sess)
    with pytest.raises(EPFail):
        generator.run(draw(mnist, 1, range(2)))
    assert generator.failure == "CPUExecutionProvider failed: the device fell off the bus"


@pytest.mark.parametrize(
    ("device", "built_for", "expected"),
    [("cuda", "CPU", True), ("auto", "CUDA", True), ("auto", "CPU", False), ("cpu", "CUDA", False)],
)
def test_a_gpu_is_expected_where_it_is_asked_for_or_could_be_used(
    monkeypatch: pytest.MonkeyPatch, device: Device, built_for: str, expected: bool
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [f"{built_for}ExecutionProvider"])
    assert is_gpu_expected(device) is expected
