import math

import pytest
import torch

from trainer.losses.invariance import mutual_information


def test_certain_balanced_agreement_has_maximal_information():
    logits = 100 * torch.eye(5).repeat(20, 1)
    assert mutual_information(logits, logits).item() == pytest.approx(math.log(5), rel=1e-5)


def test_a_single_category_has_no_information():
    logits = torch.zeros(100, 5)
    logits[:, 2] = 100
    assert mutual_information(logits, logits).item() == pytest.approx(0, abs=1e-5)


def test_uniform_predictions_have_no_information():
    assert mutual_information(torch.zeros(100, 5), torch.zeros(100, 5)).item() == pytest.approx(0, abs=1e-6)


def test_the_value_is_that_of_the_definition():
    # Two categories that agree nine times in ten: ln 2 - H(0.9).
    one = 100 * torch.eye(2).repeat_interleave(10, 0)
    other = one.clone()
    other[0], other[10] = one[10], one[0]
    expected = math.log(2) + 0.9 * math.log(0.9) + 0.1 * math.log(0.1)
    assert mutual_information(one, other).item() == pytest.approx(expected, rel=1e-5)
