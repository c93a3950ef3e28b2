import pytest
from PIL import Image

from examples.ocr import digits, figures, lines, real_lines, report
from examples.ocr.record import DigitsRecord, LinesRecord
from examples.ocr.score import Score
from tests.examples.ocr.test_record import GENERATED, REAL


def scored(*edits):
    return [Score(lines=100, characters=1000, edits=n, exact=100 - n) for n in edits]


@pytest.fixture
def lines_records():
    config = lines.Config(seeds=(1, 2))
    return [
        LinesRecord(source=REAL, config=config, scores=scored(10, 12)),
        LinesRecord(source=GENERATED, config=config, scores=scored(15, 15)),
    ]


@pytest.fixture
def digits_records():
    config = digits.Config(seeds=(1,), labels=(100, 1000))
    return [
        DigitsRecord(source=REAL, config=config, accuracies=[{100: 0.8, 1000: 0.95}]),
        DigitsRecord(source=GENERATED, config=config, accuracies=[{0: 0.97, 100: 0.975, 1000: 0.98}]),
    ]


def test_the_table_of_lines_has_mean_and_standard_deviation(lines_records):
    assert report.lines_table(lines_records).splitlines()[2:] == [
        "| real training digits | 1.10 ± 0.14 | 89.00 ± 1.41 |",
        "| `generated`, streamed | 1.50 ± 0.00 | 85.00 ± 0.00 |",
    ]


def test_the_table_of_digits_has_a_column_per_number_of_labels(digits_records):
    assert report.digits_table(digits_records).splitlines() == [
        "| real labels | 0 | 100 | 1,000 |",
        "| --- | ---: | ---: | ---: |",
        "| no generated digits |  | 80.00 | 95.00 |",
        "| with `generated`, streamed | 97.00 | 97.50 | 98.00 |",
    ]


def test_the_report_names_each_model_and_its_real_labels_once(lines_records, digits_records):
    text = report.render(lines_records, digits_records)
    assert text.count("| `generated@0123456789ab` | 1,000 |") == 1
    assert "over 2 seeds" in text
    assert "One seed." in text


def test_the_summary_shows_the_records_there_are(lines_records, digits_records):
    assert report.summary([], [], "folder") == ""
    assert report.summary(lines_records, [], "folder") == report.lines_table(lines_records)
    assert "(folder/digits.png)" in report.summary(lines_records, digits_records, "folder")


def test_a_report_without_digits_has_no_error_curve(lines_records):
    assert report.LINE_COMPARISON in report.render(lines_records, [])
    assert report.ERROR_CURVE not in report.render(lines_records, [])


def test_the_error_curve_is_a_picture_and_deterministic(digits_records, tmp_path):
    for name in ("a.png", "b.png"):
        figures.error_curve(digits_records, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as shown:
        assert shown.width > shown.height > 300


def test_the_line_comparison_has_lines_with_the_same_text_side_by_side(mnist, tmp_path):
    columns = [list(real_lines.lines(mnist, n=3, size=3, length="2-4", seed=seed)) for seed in (1, 2)]
    figures.line_comparison(columns, tmp_path / "lines.png")
    with Image.open(tmp_path / "lines.png") as shown:
        pixels = shown.copy()
    widths = [max(line.shape[1] for line, _ in column) for column in columns]
    assert pixels.size == (sum(widths) + 8, 3 * 32 + 2 * 8)
    line = columns[1][2][0]
    found = pixels.crop((widths[0] + 8, 80, widths[0] + 8 + line.shape[1], 112))
    assert (255 - line).tobytes() == found.tobytes()
