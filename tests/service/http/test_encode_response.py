"""What was read, in the words of a request."""

from __future__ import annotations

import numpy as np
import pytest

from latent import Categorical, Continuous, LatentSpec, Noise
from service.http.encode_response import serialize_reading

SPEC = LatentSpec(variables=(Noise(size=2), Categorical(name="shape", size=3), Continuous(name="tone", low=0, high=2)))


def test_only_what_is_read_is_told_and_without_labels_there_is_no_label() -> None:
    row = np.array([0.2, 0.5, 0.3], np.float32)
    entry = serialize_reading(SPEC, {"shape": slice(0, 3)}, row)
    assert entry["codes"] == {"shape": 1}
    assert entry["readings"]["shape"]["probabilities"] == [
        {"value": 1, "probability": 0.5},
        {"value": 2, "probability": 0.3},
        {"value": 0, "probability": 0.2},
    ]
    assert "label" not in entry


@pytest.mark.parametrize(("mean", "asked"), [(9.0, 4.0), (-9.0, -2.0), (0.7, 0.7)])
def test_a_mean_is_asked_for_within_the_limits(mean: float, asked: float) -> None:
    columns = {"tone": slice(0, 1), "tone_log_variance": slice(1, 2)}
    entry = serialize_reading(SPEC, columns, np.array([mean, 0.0], np.float32))
    assert entry == {"codes": {"tone": asked}, "readings": {"tone": {"mean": mean, "sigma": 1.0}}}


def test_a_tie_goes_to_the_first_and_labels_come_with_their_values() -> None:
    spec = LatentSpec(variables=(Categorical(name="c1", size=2, labels=("no", "yes")),))
    entry = serialize_reading(spec, {"c1": slice(0, 2)}, np.array([0.5, 0.5], np.float32))
    assert (entry["label"], entry["codes"]) == ("no", {"c1": 0})
