"""The command from end to end, in its quick form, and the committed report of its full form."""

import pytest

from examples.ocr import __main__ as command
from examples.ocr import record, report
from examples.ocr.record import DigitsRecord, LinesRecord

# webdataset does not close curl's pipe; the garbage collector does, with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.")


@pytest.fixture(autouse=True)
def _small(monkeypatch, mnist):
    monkeypatch.setattr(command.data, "load", lambda name, root, split: mnist)


@pytest.mark.parametrize(
    ("kind", "figure"), [(LinesRecord, report.LINE_COMPARISON), (DigitsRecord, report.ERROR_CURVE)]
)
def test_a_quick_run_writes_records_figures_and_the_report(address, tmp_path, monkeypatch, kind, figure):
    arguments = [kind.KIND, "--quick", "--service", f"{address}/", "--to", str(tmp_path)]
    command.main(arguments)
    real, generated = record.load(kind, tmp_path)
    assert (real.source.name, generated.source.name) == ("real", "mnist-projection-r1")
    assert generated.source.labels == 60_000
    assert (tmp_path / figure).exists()
    assert (tmp_path / "README.md").read_text("utf-8").count("mnist-projection-r1@") == 1

    module = getattr(command, kind.KIND)
    monkeypatch.setattr(module, "measure", lambda *_: pytest.fail("measured again"))
    command.main(arguments)


def test_an_unknown_model_is_reported(address, tmp_path):
    with pytest.raises(SystemExit, match="no such model"):
        command.main(["lines", "--quick", "--service", address, "--to", str(tmp_path), "--model", "none"])
    assert list(tmp_path.iterdir()) == []


def test_a_model_with_other_labels_is_reported(client, tmp_path):
    with pytest.raises(SystemExit, match="colour: draws without labels; must draw MNIST's digits"):
        command.main(
            ["lines", "--quick", "--service", str(client.base_url), "--to", str(tmp_path), "--model", "colour"]
        )


def test_an_unreachable_service_is_reported(tmp_path):
    with pytest.raises(SystemExit, match=r"127\.0\.0\.1:9.*refused"):
        command.main(["digits", "--quick", "--service", "http://127.0.0.1:9", "--to", str(tmp_path)])


def test_the_committed_report_is_made_from_the_committed_records():
    lines_records, digits_records = (record.load(kind, command.RESULTS) for kind in (LinesRecord, DigitsRecord))
    path = command.RESULTS / command.REPORT
    assert path.exists() == bool(lines_records or digits_records)
    assert not path.exists() or path.read_text("utf-8") == report.render(lines_records, digits_records)
