import pytest
import torch

from trainer.runtime import amp


@pytest.fixture(autouse=True)
def forget():
    amp._supports_bfloat16.cache_clear()
    yield
    amp._supports_bfloat16.cache_clear()


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"avx512_bf16": False, "avx2": True}, torch.float32),
        ({}, torch.float32),
    ],
)
def test_networks_run_in_bfloat16_where_the_cpu_supports_it(monkeypatch, able, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    with amp.autocast(torch.device("cpu")):
        assert torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype == expected


@pytest.mark.parametrize("native", [True, False])
def test_bfloat16_that_a_gpu_emulates_is_not_used(monkeypatch, native):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation)
    assert amp._supports_bfloat16("cuda") is native
