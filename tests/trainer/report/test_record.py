import pytest

from latent import CardError
from tests.trainer.report.conftest import quality, write_ticks
from trainer.report import ReportError
from trainer.report.record import load, measured_again, read_of, read_run, save


def test_a_record_has_the_card_the_size_and_the_cost_of_a_run(make_run):
    run = make_run(measured=quality(), seed=3)
    record = read_run(run)
    assert record.name == "mnist-infogan-3"
    assert record.quality == quality()
    assert record.file_bytes == (run / "mnist-infogan.onnx").stat().st_size
    assert record.seconds == pytest.approx(10 + 10 + 5)
    assert record.images_per_second == 600


def test_repeated_work_after_a_crash_is_counted(make_run):
    run = make_run(measured=quality())
    write_ticks(run, (6, 600), (12, 600), (18, 600), (12, 300), (18, 300))
    assert read_run(run).seconds == pytest.approx(30 + 20 + 20)


def test_an_encoder_is_not_taken_for_a_generator(make_run):
    run = make_run(measured=quality())
    (run / "mnist-infogan.encoder.onnx").write_bytes(b"")
    assert read_run(run).card.name == "mnist-infogan"


def test_records_are_loaded_in_order(make_record, tmp_path):
    records = [make_record("gan", 2), make_record("gan", 10), make_record("wgan", 1)]
    for record in reversed(records):
        save(record, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mnist-gan-10.json",
        "mnist-gan-2.json",
        "mnist-wgan-1.json",
    ]
    assert load(tmp_path) == records


def test_the_error_of_a_run_that_is_not_ready_says_what_to_do(make_run, tmp_path):
    run = make_run()
    with pytest.raises(ReportError, match=r"has not been measured: python -m trainer evaluate .*infogan\.onnx"):
        read_run(run)
    (run / "mnist-infogan.onnx").rename(run / "b.onnx")
    (run / "a.onnx").write_bytes(b"")
    with pytest.raises(ReportError, match=r"one generator, found a\.onnx, b\.onnx"):
        read_run(run)
    with pytest.raises(ReportError, match="found none: python -m trainer export"):
        read_run(tmp_path)
    (run / "b.onnx").unlink()
    (run / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(CardError, match="not an ONNX file"):
        read_run(run)


def test_figures_of_validation_images_are_not_published(make_run):
    run = make_run(measured=quality().model_copy(update={"split": "validation"}))
    with pytest.raises(
        ReportError, match=r"measured with validation images: python -m trainer evaluate .* --split test"
    ):
        read_run(run)


def test_figures_by_another_judge_are_kept_when_a_model_is_measured_again(make_record):
    old, new = quality(0.8).model_copy(update={"judge_sha256": None}), quality(0.9)
    record = measured_again(make_record(measured=old), new)
    assert (record.quality, record.earlier_quality) == (new, old)
    assert [entry.quality for entry in record.by_judge()] == [new, old]
    again = quality(0.95)
    record = measured_again(record, again)
    assert (record.quality, record.earlier_quality) == (again, old)


def test_the_record_of_another_generator_is_refused(make_record, tmp_path):
    record = make_record()
    save(record, tmp_path)
    path = tmp_path / "mnist-infogan-1.json"
    assert read_of(path, record.card) == record
    with pytest.raises(ReportError, match="not the record of mnist-gan: their provenance differs"):
        read_of(path, make_record("gan").card)
    with pytest.raises(ReportError, match="no such record"):
        read_of(tmp_path / "none.json", record.card)


@pytest.mark.parametrize("text", ["", '{"kimg": 6, "images_per_second": 0}\n', '{"kimg": 6, "ima'])
def test_stats_without_a_cost_are_refused(make_run, text):
    run = make_run(measured=quality())
    (run / "stats.jsonl").write_text(text)
    with pytest.raises(ReportError, match=r"stats\.jsonl"):
        read_run(run)
    (run / "stats.jsonl").unlink()
    with pytest.raises(ReportError, match=r"stats\.jsonl must contain the run's ticks"):
        read_run(run)


def test_an_invalid_record_is_an_error_that_names_the_field(make_record, tmp_path):
    save(make_record(), tmp_path)
    path = tmp_path / "mnist-infogan-1.json"
    path.write_text(path.read_text().replace('"seconds"', '"minutes"'))
    with pytest.raises(ReportError, match=r"mnist-infogan-1\.json: (seconds|minutes)"):
        load(tmp_path)
