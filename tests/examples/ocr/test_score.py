import pytest

from examples.ocr.score import Score, distance


@pytest.mark.parametrize(
    ("read", "said", "edits"),
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
def test_the_edit_distance_is_the_least(read, said, edits):
    assert distance(read, said) == edits
    assert distance(said, read) == edits


def test_the_error_rate_is_that_of_all_characters_together():
    score = Score.of(["12", "3456", "78"], ["12", "3467", "788"])
    assert (score.lines, score.characters, score.edits, score.exact) == (3, 9, 3, 1)
    assert score.error_rate == pytest.approx(3 / 9)
    assert score.exact_rate == pytest.approx(1 / 3)


def test_it_exceeds_one_where_more_was_read_than_was_said():
    assert Score.of(["1111"], ["1"]).error_rate == 3


def test_every_line_is_scored():
    with pytest.raises(ValueError, match="longer"):
        Score.of(["1"], ["1", "2"])
