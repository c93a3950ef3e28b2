"""The command from end to end, in its quick form; and what it wrote where it ran in full."""

import pytest

from examples.ocr import __main__ as command
from examples.ocr import page, record
from examples.ocr.record import DigitsRecord, LinesRecord

# webdataset leaves curl's pipe to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.")


@pytest.fixture(autouse=True)
def _small(monkeypatch, mnist):
    monkeypatch.setattr(command.data, "load", lambda name, root, split: mnist)


@pytest.mark.parametrize(("kind", "picture"), [(LinesRecord, page.SHEET), (DigitsRecord, page.CURVE)])
def test_a_quick_run_writes_records_pictures_and_the_page(address, tmp_path, monkeypatch, kind, picture):
    asked = [kind.KIND, "--quick", "--service", f"{address}/", "--to", str(tmp_path)]
    command.main(asked)
    real, drawn = record.load(kind, tmp_path)
    assert (real.source.name, drawn.source.name) == ("real", "mnist-infogan")
    assert drawn.source.labels == 1000
    assert (tmp_path / picture).exists()
    assert (tmp_path / "README.md").read_text("utf-8").count("mnist-infogan@") == 1

    module = getattr(command, kind.KIND)
    monkeypatch.setattr(module, "measure", lambda *_: pytest.fail("measured what was there"))
    command.main(asked)


def test_a_model_that_is_not_there_is_told_of(address, tmp_path):
    with pytest.raises(SystemExit, match="no such model"):
        command.main(["lines", "--quick", "--service", address, "--to", str(tmp_path), "--model", "none"])
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_other_labels_is_told_of(client, tmp_path):
    with pytest.raises(SystemExit, match="colour: draws without labels; must draw MNIST's digits"):
        command.main(
            ["lines", "--quick", "--service", str(client.base_url), "--to", str(tmp_path), "--model", "colour"]
        )


def test_a_service_that_is_not_there_is_told_of(tmp_path):
    with pytest.raises(SystemExit, match=r"127\.0\.0\.1:9.*refused"):
        command.main(["digits", "--quick", "--service", "http://127.0.0.1:9", "--to", str(tmp_path)])


def test_the_committed_page_is_made_of_the_committed_records():
    of_lines, of_digits = (record.load(kind, command.RESULTS) for kind in (LinesRecord, DigitsRecord))
    path = command.RESULTS / command.PAGE
    assert path.exists() == bool(of_lines or of_digits)
    assert not path.exists() or path.read_text("utf-8") == page.page(of_lines, of_digits)
