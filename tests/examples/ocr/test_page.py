import pytest
from PIL import Image

from examples.ocr import digits, lines, page, picture, real
from examples.ocr.record import DigitsRecord, LinesRecord
from examples.ocr.score import Score
from tests.examples.ocr.test_record import DRAWN, REAL


def scored(*edits):
    return [Score(lines=100, characters=1000, edits=n, exact=100 - n) for n in edits]


@pytest.fixture
def of_lines():
    config = lines.Config(seeds=(1, 2))
    return [
        LinesRecord(source=REAL, config=config, scores=scored(10, 12)),
        LinesRecord(source=DRAWN, config=config, scores=scored(15, 15)),
    ]


@pytest.fixture
def of_digits():
    config = digits.Config(seeds=(1,), labels=(100, 1000))
    return [
        DigitsRecord(source=REAL, config=config, accuracies=[{100: 0.8, 1000: 0.95}]),
        DigitsRecord(source=DRAWN, config=config, accuracies=[{0: 0.97, 100: 0.975, 1000: 0.98}]),
    ]


def test_lines_are_told_by_their_mean_and_spread(of_lines):
    assert page.lines_table(of_lines).splitlines()[2:] == [
        "| real training digits | 1.10 ± 0.14 | 89.00 ± 1.41 |",
        "| `drawn`, streamed | 1.50 ± 0.00 | 85.00 ± 0.00 |",
    ]


def test_digits_are_told_by_the_number_of_labels(of_digits):
    assert page.digits_table(of_digits).splitlines() == [
        "| real labels | 0 | 100 | 1,000 |",
        "| --- | ---: | ---: | ---: |",
        "| alone |  | 80.00 | 95.00 |",
        "| and `drawn`, streamed | 97.00 | 97.50 | 98.00 |",
    ]


def test_the_page_tells_who_drew_and_what_labels_that_took(of_lines, of_digits):
    text = page.page(of_lines, of_digits)
    assert text.count("| `drawn@0123456789ab` | 1,000 |") == 1
    assert "over 2 seeds" in text
    assert "One seed." in text


def test_the_readme_shows_what_there_is(of_lines, of_digits):
    assert page.summary([], [], "there") == ""
    assert page.summary(of_lines, [], "there") == page.lines_table(of_lines)
    assert "(there/digits.png)" in page.summary(of_lines, of_digits, "there")


def test_a_page_of_lines_alone_has_no_curve(of_lines):
    assert page.SHEET in page.page(of_lines, [])
    assert page.CURVE not in page.page(of_lines, [])


def test_the_curve_is_a_picture_and_the_same_each_time(of_digits, tmp_path):
    for name in ("a.png", "b.png"):
        picture.curve(of_digits, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as shown:
        assert shown.width > shown.height > 300


def test_a_sheet_has_the_lines_of_a_text_beside_one_another(mnist, tmp_path):
    columns = [list(real.lines(mnist, n=3, size=3, length="2-4", seed=seed)) for seed in (1, 2)]
    picture.sheet(columns, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as shown:
        pixels = shown.copy()
    widths = [max(line.shape[1] for line, _ in column) for column in columns]
    assert pixels.size == (sum(widths) + 8, 3 * 32 + 2 * 8)
    line = columns[1][2][0]
    found = pixels.crop((widths[0] + 8, 80, widths[0] + 8 + line.shape[1], 112))
    assert (255 - line).tobytes() == found.tobytes()
