import pytest
from PIL import Image

from latent import Categorical, LatentSpec, Noise
from tests.trainer.report.conftest import quality
from trainer.__main__ import main
from trainer.report import ReportError, report


@pytest.fixture
def to(tmp_path):
    return tmp_path / "page" / "RESULTS.md"


def test_a_run_gives_a_record_a_snapshot_and_the_page_with_both(make_run, to):
    assert report([make_run(measured=quality())], to) == 1
    assert sorted(path.relative_to(to.parent).as_posix() for path in to.parent.rglob("*.*")) == [
        "RESULTS.md",
        "docs/results/mnist-infogan.png",
        "results/mnist-infogan-1.json",
    ]
    assert "90.00 %" in to.read_text("utf-8")
    assert 'src="docs/results/mnist-infogan.png"' in to.read_text("utf-8")


def test_the_page_is_written_from_the_records_only(make_run, to):
    report([make_run(measured=quality())], to)
    whole = to.read_bytes()
    to.unlink()
    assert report([], to) == 1
    assert to.read_bytes() == whole


def test_a_run_that_is_measured_again_replaces_its_record(make_run, to):
    report([make_run("a", quality(0.9), seed=1), make_run("b", quality(0.8), seed=2)], to)
    assert report([make_run("c", quality(0.7), seed=2)], to) == 2
    text = to.read_text("utf-8")
    assert "90.00 %" in text
    assert "70.00 %" in text
    assert "80.00 ± 14.14 %" in text


def test_the_snapshot_is_that_of_the_lowest_seed_in_any_order(make_run, to):
    def snapshot():
        with Image.open(to.parent / "docs/results/mnist-infogan.png") as image:
            return image.size

    wide = LatentSpec(variables=(Noise(size=9), Categorical(name="c1", size=2, labels=("0", "1"))))
    report([make_run("two", quality(), seed=2)], to)
    assert snapshot() == (10 * 6 - 1, 2 * 7 - 1)  # two labels, ten images of each, 5 pixels wide
    report([make_run("three", quality(), seed=3, spec=wide)], to)
    assert snapshot() == (59, 13)
    report([make_run("one", quality(), seed=1, spec=wide)], to)
    assert snapshot() == (10 * 12 - 1, 13)


def test_a_snapshot_of_many_or_large_images_is_small(make_run, to):
    many = LatentSpec(variables=(Categorical(name="c1", size=100, labels=tuple(map(str, range(100)))),))
    report([make_run(measured=quality(), spec=many)], to)
    with Image.open(to.parent / "docs/results/mnist-infogan.png") as snapshot:
        assert snapshot.width == 640  # of 10 images 100 pixels wide
        assert snapshot.height == pytest.approx(69 * 640 / 1009, abs=1)


def test_if_one_run_is_not_ready_nothing_is_written(make_run, to):
    with pytest.raises(ReportError, match="has not been measured"):
        report([make_run("a", quality()), make_run("b")], to)
    assert not to.parent.exists()
    with pytest.raises(ReportError, match="no records in"):
        report([], to)


def test_the_command(make_run, to, capsys):
    run = make_run(measured=quality())
    assert main(["report", str(run), "--to", str(to)]) == 0
    assert capsys.readouterr().err.split()[-2:] == ["1", "recorded"]
    assert main(["report", str(run.parent), "--to", str(to)]) == 1
    assert "must contain one generator, found none" in capsys.readouterr().err
