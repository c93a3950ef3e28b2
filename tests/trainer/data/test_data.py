import pytest

from trainer import data
from trainer.data.mnist import MNIST


def test_an_unknown_name_lists_the_known(tmp_path):
    for use in (lambda: data.load("mnits", tmp_path, "train"), lambda: data.fetch("mnits", tmp_path)):
        with pytest.raises(data.DataError, match=r"no data set 'mnits'; known: .*mnist, strokes"):
            use()


def test_names_lead_to_their_sources(tmp_path):
    data.fetch("strokes", tmp_path)
    assert data.load("strokes", tmp_path, "test").name == "strokes"
    with pytest.raises(data.DataError, match="python -m trainer data mnist"):
        data.load("mnist", tmp_path, "test")


def test_mnist_is_four_different_files_from_encrypted_mirrors():
    files = [file for pair in MNIST.files.values() for file in pair]
    assert len({file.name for file in files}) == len({file.md5 for file in files}) == 4
    assert all(mirror.startswith("https://") for mirror in MNIST.mirrors)
