import pytest

from examples.ocr import digits, lines, record
from examples.ocr.record import DigitsRecord, LinesRecord, RecordError, Source
from examples.ocr.score import Score

REAL = Source(name="real", version="mnist, 60000 training images", labels=60000)
GENERATED = Source(name="generated", version="generated@0123456789ab", labels=1000)
SCORE = Score(lines=2, characters=10, edits=1, exact=1)


def lines_record(source, **config):
    return LinesRecord(source=source, config=lines.Config(**config), scores=[SCORE])


def test_records_are_loaded_with_the_real_ones_first(tmp_path):
    digits_record = DigitsRecord(source=GENERATED, config=digits.Config(), accuracies=[{0: 0.9, 100: 0.95}])
    for each in (lines_record(GENERATED), digits_record, lines_record(REAL)):
        record.save(each, tmp_path)
    assert record.load(LinesRecord, tmp_path) == [lines_record(REAL), lines_record(GENERATED)]
    assert record.load(DigitsRecord, tmp_path) == [digits_record]


def test_a_record_exists_only_with_the_same_source_and_config(tmp_path):
    assert not record.exists(LinesRecord, GENERATED, lines.Config(), tmp_path)
    record.save(lines_record(GENERATED), tmp_path)
    assert record.exists(LinesRecord, GENERATED, lines.Config(), tmp_path)
    assert not record.exists(LinesRecord, GENERATED, lines.Config(test_lines=5), tmp_path)
    assert not record.exists(
        LinesRecord, GENERATED.model_copy(update={"version": "generated@fff"}), lines.Config(), tmp_path
    )
    assert not record.exists(DigitsRecord, GENERATED, digits.Config(), tmp_path)


def test_records_of_different_experiments_are_refused(tmp_path):
    record.save(lines_record(REAL), tmp_path)
    record.save(lines_record(GENERATED, test_lines=5), tmp_path)
    with pytest.raises(RecordError, match="real and generated were measured by different lines experiments"):
        record.load(LinesRecord, tmp_path)


def test_an_invalid_record_is_reported(tmp_path):
    record.save(lines_record(REAL), tmp_path)
    path = tmp_path / "lines-real.json"
    path.write_text(path.read_text().replace('"edits": 1', '"edits": -1'))
    with pytest.raises(RecordError, match=r"lines-real\.json: scores\.0\.edits"):
        record.load(LinesRecord, tmp_path)
