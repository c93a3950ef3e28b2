import pytest
import torch

from examples.ocr.model import BLANK, Crnn


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Crnn("0123456789").eval()


def test_a_step_is_two_pixels(network):
    out = network(torch.rand(3, 1, 32, 90))
    assert out.shape == (3, 45, 11)
    assert out.exp().sum(dim=2).allclose(torch.ones(3, 45))


def test_repeats_are_one_character_and_blanks_are_omitted(network, monkeypatch):
    steps = torch.tensor([[BLANK, 4, 4, BLANK, 4, 2, 2, 11 - 1, BLANK], [BLANK] * 9])
    monkeypatch.setattr(network, "forward", lambda lines: torch.nn.functional.one_hot(steps, 11).float())
    assert network.transcribe(torch.zeros(2, 1, 32, 18)) == ["3319", ""]


def test_the_loss_sums_over_all_alignments(network, monkeypatch):
    even = torch.full((1, 2, 11), 1 / 11).log()
    monkeypatch.setattr(network, "forward", lambda lines: even)
    # In two steps there are three alignments of "7": 7 7, 7 blank, blank 7.
    expected = -torch.tensor(3 / 11**2).log()
    assert network.loss(torch.zeros(1, 1, 32, 4), ["7"]).item() == pytest.approx(expected.item())


def test_a_text_too_long_for_the_line_has_no_loss(network):
    assert network.loss(torch.zeros(1, 1, 32, 4), ["777"]).item() == 0
