import pytest

from examples.ocr import digits, lines, record
from examples.ocr.record import DigitsRecord, LinesRecord, RecordError, Source
from examples.ocr.score import Score

REAL = Source(name="real", version="mnist, 60000 training images", labels=60000)
DRAWN = Source(name="drawn", version="drawn@0123456789ab", labels=1000)
SCORE = Score(lines=2, characters=10, edits=1, exact=1)


def of_lines(source, **config):
    return LinesRecord(source=source, config=lines.Config(**config), scores=[SCORE])


def test_records_come_back_as_they_were_the_real_ones_first(tmp_path):
    of_digits = DigitsRecord(source=DRAWN, config=digits.Config(), accuracies=[{0: 0.9, 100: 0.95}])
    for one in (of_lines(DRAWN), of_digits, of_lines(REAL)):
        record.save(one, tmp_path)
    assert record.load(LinesRecord, tmp_path) == [of_lines(REAL), of_lines(DRAWN)]
    assert record.load(DigitsRecord, tmp_path) == [of_digits]


def test_what_was_measured_is_measured_anew_where_anything_differs(tmp_path):
    assert not record.measured(LinesRecord, DRAWN, lines.Config(), tmp_path)
    record.save(of_lines(DRAWN), tmp_path)
    assert record.measured(LinesRecord, DRAWN, lines.Config(), tmp_path)
    assert not record.measured(LinesRecord, DRAWN, lines.Config(test_lines=5), tmp_path)
    assert not record.measured(LinesRecord, DRAWN.model_copy(update={"version": "drawn@fff"}), lines.Config(), tmp_path)
    assert not record.measured(DigitsRecord, DRAWN, digits.Config(), tmp_path)


def test_different_experiments_are_not_compared(tmp_path):
    record.save(of_lines(REAL), tmp_path)
    record.save(of_lines(DRAWN, test_lines=5), tmp_path)
    with pytest.raises(RecordError, match="real and drawn were measured by different lines experiments"):
        record.load(LinesRecord, tmp_path)


def test_a_damaged_record_is_named(tmp_path):
    record.save(of_lines(REAL), tmp_path)
    path = tmp_path / "lines-real.json"
    path.write_text(path.read_text().replace('"edits": 1', '"edits": -1'))
    with pytest.raises(RecordError, match=r"lines-real\.json: scores\.0\.edits"):
        record.load(LinesRecord, tmp_path)
