"""`python -m service dataset`: the bytes of the endpoint, in files."""

from __future__ import annotations

import filecmp
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import lmdb
import numpy as np
import pytest
from PIL import Image

from latent.card import Quality
from service.__main__ import main
from service.datasets import command
from service.datasets.spec import DatasetSpec
from service.settings import Settings

QUERY = ["--n", "250", "--size", "100", "--seed", "3", "--code", "c2=-0.5..0.5"]

Write = Callable[..., int]


@pytest.fixture
def write(models: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Runs the command in this process; gives its exit status."""
    monkeypatch.setenv("INKCODE_MODELS", str(models))

    def write(out: Path, *more: str) -> int:
        command = ["service", "dataset", "--out", str(out), "--processes", "1", *QUERY, *more]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return write


@pytest.mark.parametrize(
    ("kind", "endings"),
    [("tar", ["tar"]), ("parquet", ["parquet"]), ("idx", ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"])],
)
def test_files_are_the_bodies_of_the_endpoint(
    write: Write, client: httpx.Client, tmp_path: Path, kind: str, endings: list[str]
) -> None:
    assert write(tmp_path, "--format", kind) == 0
    names = {f"shard-{number:06d}.{ending}" for number in range(3) for ending in endings}
    assert {path.name for path in tmp_path.iterdir()} == names | {"index.json", "charset.txt"}
    for name in {*names, "charset.txt"}:
        answer = client.get(f"/datasets/mnist-infogan/{name}?n=250&size=100&seed=3&c2=-0.5..0.5")
        assert answer.content == (tmp_path / name).read_bytes()


def test_several_processes_write_the_same_files_and_continue_an_unfinished_set(write: Write, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert write(one) == 0
    assert write(two, "--processes", "2") == 0
    assert not filecmp.dircmp(one, two).diff_files
    kept = (two / "shard-000000.tar").stat().st_mtime_ns
    (two / "shard-000001.tar").unlink()
    assert write(two) == 0
    compared = filecmp.cmpfiles(one, two, [path.name for path in one.iterdir()], shallow=False)
    assert compared[1:] == ([], [])
    assert (two / "shard-000000.tar").stat().st_mtime_ns == kept


def test_verify_reports_what_differs_and_what_is_missing(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write(tmp_path) == 0
    assert write(tmp_path, "--verify") == 0
    damaged = tmp_path / "shard-000002.tar"
    damaged.write_bytes(damaged.read_bytes().replace(b"ustar", b"uster", 1))
    (tmp_path / "shard-000000.tar").unlink()
    assert write(tmp_path, "--verify") == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: shard-000000.tar is not what it should be",
        "error: shard-000002.tar is not what it should be",
    ]


def test_lmdb_is_read_as_deep_text_recognition_benchmark_does(write: Write, tmp_path: Path) -> None:
    assert write(tmp_path / "tar") == 0
    out = tmp_path / "lmdb"
    assert write(out, "--format", "lmdb") == 0
    # As its LmdbDataset does: read-only, without a lock, keys from 1 on.
    how = {"max_readers": 32, "readonly": True, "lock": False, "readahead": False, "meminit": False}
    with lmdb.open(str(out), **how) as environment, environment.begin(write=False) as transaction:
        assert int(transaction.get(b"num-samples")) == 250
        labels = [transaction.get(f"label-{index:09d}".encode()).decode("utf-8") for index in range(1, 251)]
        image = Image.open(io.BytesIO(transaction.get(b"image-000000250"))).convert("L")
        assert transaction.get(b"image-000000000") is None
    assert sorted(labels) == sorted(list("0123456789") * 25)
    assert np.asarray(image).shape == (2, 74)
    assert write(out, "--format", "lmdb", "--verify") == 0


def test_lmdb_continues_and_verifies(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write(tmp_path, "--format", "lmdb") == 0
    with lmdb.open(str(tmp_path)) as environment, environment.begin(write=True) as transaction:
        whole = transaction.get(b"image-000000250")
        transaction.put(b"num-samples", b"200")
        transaction.put(b"image-000000250", b"gone")
        transaction.put(b"image-000000001", b"wrong")
    assert write(tmp_path, "--format", "lmdb", "--verify") == 1
    assert capsys.readouterr().err.count("is not what it should be") == 2
    assert write(tmp_path, "--format", "lmdb") == 0
    with lmdb.open(str(tmp_path)) as environment, environment.begin() as transaction:
        assert transaction.get(b"image-000000250") == whole
        assert transaction.get(b"num-samples") == b"250"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "nobody"], "error: no model 'nobody'; there are"),
        (["--n", "0"], "error: n is '0': Input should be greater than or equal to 1"),
        (["--code", "c2=9"], "error: c2: got '9'; must be a number from -3 to 3"),
        (["--labels", "x"], "error: labels: got 'x'; the labels are 0"),
        (["--min-confidence", "0.5"], "needs a verifier of this model, and there is none"),
        (["--seed", "4"], "holds another data set"),
        (["--engine", "ray"], "error: processes: got 1; cannot be combined with --engine ray"),
    ],
)
def test_a_bad_parameter_ends_with_the_reason(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert write(tmp_path) == 0
    assert write(tmp_path, *more) == 1
    assert said in capsys.readouterr().err


def test_a_cluster_needs_ray(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.datasets.command.find_spec", lambda name: None)
    monkeypatch.setattr("service.datasets.command_options._positive", lambda text: None)
    assert write(tmp_path, "--engine", "ray") == 1
    assert "error: ray is not installed: pip install 'inkcode[ray]'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_node_that_would_make_other_shards_is_refused(models: Path) -> None:
    settings = Settings(models=models)
    right = command._ShardBuilder(settings, None, DatasetSpec()).fingerprint
    command._initialize(settings, None, DatasetSpec(), fingerprint=right)
    other = command._ShardBuilder(settings, None, DatasetSpec(seed=1)).fingerprint
    with pytest.raises(command.NodeMismatchError, match="other shards than are made here: mnist-infogan@"):
        command._initialize(settings, None, DatasetSpec(), fingerprint=other)


def test_a_bad_option_is_wrong_usage(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service", "dataset", "--out", str(tmp_path), "--processes", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "must be at least 1, got 0" in ended.stderr


def test_a_corpus_is_a_file(
    write: Write, client: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("1,234\n\n2026-11-21\n", "utf-8")
    command = ["--corpus", str(texts), "--n", "20", "--size", "10", "--format", "doctr", "--processes", "2"]
    assert write(tmp_path / "set", *command) == 0
    id_ = client.post("/corpora", content=texts.read_bytes(), headers={"Content-Type": "text/plain"}).json()["id"]
    query = f"n=20&size=10&seed=3&c2=-0.5..0.5&corpus={id_}"
    served = client.get(f"/datasets/mnist-infogan/shard-000001.doctr.tar?{query}")
    assert (tmp_path / "set" / "shard-000001.doctr.tar").read_bytes() == served.content
    assert write(tmp_path / "none", "--corpus", str(tmp_path / "missing.txt")) == 1
    texts.write_bytes(b"\xff")
    assert write(tmp_path / "bad", "--corpus", str(texts)) == 1
    said = capsys.readouterr().err
    assert "No such file" in said
    assert "error: corpus: got None; must be UTF-8" in said


def test_the_default_model_is_the_one_others_learn_best_from(
    write: Write, make_generator: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    for name, accuracy in (("mnist-infogan", 0.9), ("other", 0.99)):
        make_generator(models / f"{name}.onnx", card={"quality": Quality(samples=1, gan_train_accuracy=accuracy)})
    monkeypatch.setenv("INKCODE_MODELS", str(models))
    assert write(tmp_path / "set") == 0
    assert '"model": "other@' in (tmp_path / "set" / "index.json").read_text()
