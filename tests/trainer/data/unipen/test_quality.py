from collections import Counter

import numpy as np
import pytest

from tests.trainer.data.unipen.conftest import SHAPES, dense
from trainer.data.unipen import quality
from trainer.data.unipen.samples import Sample


def sample(label="o", writer="ab/ann", contributor="abc", strokes=None, number=0):
    drawn = tuple(np.array(dense(points)) * 10 for points in SHAPES[label if label in SHAPES else "="])
    return Sample(label, drawn if strokes is None else strokes, contributor, writer, "?", "ink", (number, 0))


def extents(samples):
    return np.array([(each.box[1], each.box[3]) for each in samples]) / 10


def standing(samples, expected=(0.0, 1.0), x_height=10.0):
    counts = Counter()
    n = len(samples)
    rows = quality.well_placed(samples, extents(samples), np.tile(expected, (n, 1)), np.full(n, x_height), counts)
    return rows.tolist(), +counts


def test_a_sign_of_two_parts_in_one_stroke_lacks_one():
    whole, half, other = sample("="), sample("=", strokes=sample("=").strokes[:1]), sample("o")
    counts = Counter()
    kept = quality.with_all_strokes([whole, half, other], counts)
    assert [id(each) for each in kept] == [id(whole), id(other)]
    assert +counts == {"strokes missing": 1}


def test_a_contributor_that_often_loses_strokes_is_left_out():
    half = sample("=", strokes=sample("=").strokes[:1])
    losing = [sample("=") for _ in range(17)] + [half] * 3 + [sample("o")]
    other = [sample("o", contributor="xyz")]
    counts = Counter()
    assert quality.with_all_strokes([*losing, *other], counts) == other
    assert +counts == {"contributor that loses strokes": 21}


def test_a_good_sample_stands():
    assert standing([sample("o"), sample("x")]) == ([0, 1], {})


@pytest.mark.parametrize(
    ("strokes", "expected"),
    [
        ([[(0, 0), (0, 1)]], (0.0, 1.0)),  # two points
        ([[(0, 0), (0, 0.1), (0, 0.2), (0, 0.3), (0, 0.4)]], (0.0, 1.0)),
    ],
)
def test_scraps_are_too_short(strokes, expected):
    drawn = tuple(np.array(points) * 10.0 for points in strokes)
    assert standing([sample(strokes=drawn)], expected) == ([], {"too short": 1})


def test_a_dot_may_be_a_single_point():
    assert standing([sample(".", strokes=(np.array([[0.0, 1.0]]),))], (0.0, 0.2)) == ([0], {})


def test_what_is_far_from_its_classs_place_is_left_out():
    assert standing([sample("o")], (-1.2, 0.0)) == ([], {"far from where its class stands": 1})


def test_a_hand_of_unknown_size_is_left_out():
    assert standing([sample("o")], x_height=np.nan) == ([], {"size of the hand unknown": 1})


def test_a_writer_gives_at_most_so_many_of_a_label():
    samples = [sample(number=number) for number in range(9)] + [sample("n"), sample(writer="ab/bo")]
    counts = Counter()
    rows = quality.at_most(4, samples, 0, counts)
    assert [sum(low <= row < high for row in rows) for low, high in ((0, 9), (9, 10), (10, 11))] == [4, 1, 1]
    assert +counts == {"more than 4 of a label by a writer": 5}
    assert rows.tolist() == quality.at_most(4, samples, 0, Counter()).tolist()
    assert rows.tolist() != quality.at_most(4, samples, 1, Counter()).tolist()


def test_a_label_that_every_reader_contradicts_is_left_out():
    rng = np.random.default_rng(0)
    labels = ["bar" if number % 2 else "box" for number in range(6000)]
    images = rng.integers(0, 20, (6000, 1, 32, 32)).astype(np.uint8)
    for number, image in enumerate(images[:, 0]):
        left, top = rng.integers(2, 14, 2)
        if number % 2:
            image[top : top + 3, left : left + 14] = 255
        else:
            image[top : top + 12, left : left + 3] = 255
    wrong = [10, 11, 500]
    for row in wrong:
        labels[row] = "box" if labels[row] == "bar" else "bar"
    counts = Counter()
    rows = quality.not_contradicted(images, labels, np.arange(6000) // 20, 0, counts)
    assert sorted(set(range(6000)) - set(rows.tolist())) == wrong
    assert +counts == {"read as another label": 3}
