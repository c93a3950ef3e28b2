"""Plans: which samples a shard has, and which specs are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latent import CodeError, Continuous, LatentSpec, Noise
from service.datasets.plan import UnknownShardError


def test_shards_partition_the_samples(lab: Any) -> None:
    plan = lab.plan(n=250, size=100)
    assert [plan.indices(number) for number in range(len(plan))] == [range(100), range(100, 200), range(200, 250)]
    for number in (3, -1, 10**9):
        with pytest.raises(UnknownShardError, match="make shards 0 to 2"):
            plan.indices(number)


def test_a_shard_is_reproducible_and_depends_on_the_seed(lab: Any) -> None:
    for ending in ("tar", "zip", "parquet", "paddle.tar", "images-idx3-ubyte.gz"):
        one = lab.shard(1, ending, n=90, size=50, seed=4)
        assert one == lab.shard(1, ending, n=90, size=50, seed=4)
        assert one != lab.shard(1, ending, n=90, size=50, seed=5)


def test_labels_codes_and_facts_are_those_of_the_latents(lab: Any) -> None:
    samples = lab.samples(n=100, seed=6, c2="-0.5..0.25", c3="0.75")
    assert set(Counter(sample.label for sample in samples).values()) == {10}
    for row, sample in zip(np.concatenate(lab.batches), samples, strict=False):
        assert sample.label == str(row[62:72].argmax()) == str(sample.class_index)
        codes = sample.facts["codes"]
        assert codes == {"c1": sample.class_index, "c2": pytest.approx(float(row[72])), "c3": 0.75}
        assert -0.5 <= codes["c2"] <= 0.25
        assert sample.facts["model"] == "lab@ffffffffffff"
        assert sample.facts["codepoints"] == [f"U+{ord(sample.label):04X}"]
    assert [sample.facts["index"] for sample in samples] == list(range(100))


def test_pictures_are_postprocessed(lab: Any) -> None:
    plain = lab.samples(n=1)[0].picture
    np.testing.assert_array_equal(lab.samples(n=1, invert=True)[0].picture, 255 - plain)
    np.testing.assert_array_equal(lab.samples(n=1, scale=3)[0].picture, plain.repeat(3, axis=0).repeat(3, axis=1))
    assert lab.samples(n=1, height=8)[0].picture.shape == (8, 296)


def test_the_query_string_has_what_differs_from_the_defaults_and_parses_back(lab: Any) -> None:
    assert lab.plan().spec.query_string() == ""
    said = lab.plan(seed=7, balance="7:2,1:0.5", c2="-1..1", invert=True, size=10).spec.query_string()
    assert said == "balance=7:2,1:0.5&c2=-1..1&invert=true&seed=7&size=10"


def test_the_digest_differs_for_all_that_decides_the_bytes(make_lab: Callable[..., Any]) -> None:
    lab = make_lab()
    digests = [
        lab.plan().digest(0, "tar", "ort 1"),
        lab.plan().digest(1, "tar", "ort 1"),
        lab.plan().digest(0, "zip", "ort 1"),
        lab.plan().digest(0, "tar", "ort 2"),
        lab.plan(seed=1).digest(0, "tar", "ort 1"),
        make_lab(least=0.0).plan().digest(0, "tar", "ort 1"),
    ]
    assert len(set(digests)) == len(digests)
    assert lab.plan(seed=0).digest(0, "tar", "ort 1") == digests[0]


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ({"size": 1001}, "size", "at most 1000 samples a shard"),
        ({"size": 1, "n": 100_001}, "size", "at most 100000 shards"),
        ({"size": 1000, "height": 64}, "size", "pixels of a shard"),
        ({"min_confidence": 0.5}, "min_confidence", "there is none"),
        ({"verifier": "0" * 12}, "verifier", "which is none"),
        ({"height": 8, "scale": 2}, "scale", "cannot be combined with `height`"),
        ({"c9": "1"}, "c9", "and the codes c2, c3"),
        ({"c1": "1"}, "c1", "and the codes c2, c3"),
        ({"z": "1"}, "z", "unknown"),
        ({"c2": "1..-1"}, "c2", "from -3 to 3"),
        ({"c2": "-4..1"}, "c2", "from -3 to 3"),
        ({"c2": "nan"}, "c2", "from -3 to 3"),
        ({"c2": "1..2..3"}, "c2", "from -3 to 3"),
    ],
)
def test_a_spec_that_does_not_fit_is_refused_by_parameter(
    lab: Any, query: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(CodeError) as refused:
        lab.plan(**query)
    assert refused.value.field == field
    assert expected in refused.value.expected


def test_a_model_without_labels_makes_no_data_set(make_lab: Callable[..., Any]) -> None:
    with pytest.raises(CodeError, match="has no labels"):
        make_lab(spec=LatentSpec(variables=(Noise(size=3), Continuous(name="c1")))).plan()


def test_idx_holds_only_grey_pictures_of_classes(make_lab: Callable[..., Any]) -> None:
    with pytest.raises(CodeError, match="grey pictures of 256 classes"):
        make_lab(channels=3).shard(0, "images-idx3-ubyte.gz", n=1)
    with pytest.raises(CodeError, match=r"the endings are tar, parquet, zip, paddle\.tar"):
        make_lab().shard(0, "tgz", n=1)
