import pytest

from examples.ocr.score import Score, edit_distance


@pytest.mark.parametrize(
    ("prediction", "reference", "edits"),
    [
        ("", "", 0),
        ("314", "314", 0),
        ("", "314", 3),
        ("314", "", 3),
        ("3114", "314", 1),
        ("34", "314", 1),
        ("374", "314", 1),
        ("143", "314", 2),
        ("kitten", "sitting", 3),
        ("saturday", "sunday", 3),
    ],
)
def test_the_edit_distance_is_the_smallest_number_of_edits(prediction, reference, edits):
    assert edit_distance(prediction, reference) == edits
    assert edit_distance(reference, prediction) == edits


def test_the_error_rate_is_over_the_characters_of_all_lines():
    score = Score.of(["12", "3456", "78"], ["12", "3467", "788"])
    assert (score.lines, score.characters, score.edits, score.exact) == (3, 9, 3, 1)
    assert score.error_rate == pytest.approx(3 / 9)
    assert score.exact_rate == pytest.approx(1 / 3)


def test_the_error_rate_may_exceed_1():
    assert Score.of(["1111"], ["1"]).error_rate == 3


def test_predictions_and_references_must_be_equally_many():
    with pytest.raises(ValueError, match="longer"):
        Score.of(["1"], ["1", "2"])
