import hashlib

import numpy as np
import onnx
import pytest

from latent import CARD_KEY, CardError, codes
from latent.card import Quality
from trainer.export import onnx_file
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.storage.onnx_metadata import read_card, write_card


@pytest.fixture
def path(make_generator, tmp_path):
    return make_generator(tmp_path / "small.onnx")


def test_a_written_card_is_the_card_read(path):
    card = read_card(path).model_copy(update={"quality": Quality(samples=7, label_accuracy=0.5)})
    write_card(path, card)
    assert read_card(path) == card


def test_writing_a_card_leaves_the_graph_and_other_metadata_alone(path):
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"author": "someone", CARD_KEY: "{}"} | read_card(path).to_metadata())
    onnx.save(model, path)
    write_card(path, read_card(path).model_copy(update={"system": "other"}))
    after = onnx.load(path)
    assert after.graph == model.graph
    assert {p.key: p.value for p in after.metadata_props}["author"] == "someone"


def test_a_card_that_reads_back_otherwise_is_never_published(path, monkeypatch):
    before = hashlib.sha256(path.read_bytes()).digest()
    card = read_card(path)
    monkeypatch.setattr(onnx_file, "read_card", lambda _: card)
    with pytest.raises(CardError, match="read back differs"):
        write_card(path, card.model_copy(update={"system": "other"}))
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert list(path.parent.iterdir()) == [path]


def test_what_is_no_onnx_file_is_refused(tmp_path):
    (tmp_path / "page.onnx").write_bytes(b"<html>")
    with pytest.raises(CardError, match=r"page\.onnx: not an ONNX file"):
        read_card(tmp_path / "page.onnx")


def test_a_generator_draws_the_same_in_any_batch(path, latents_of):
    generator = Generator(path)
    latents = codes.draw(generator.spec, 3, range(7))
    images = generator.images(latents, batch=3)
    assert (images.shape, images.dtype) == ((7, 1, 2, generator.spec.dim), np.uint8)
    np.testing.assert_array_equal(images, generator.images(latents))
    np.testing.assert_allclose(latents_of(images[:, 0]), latents, atol=0.026)
    assert generator.images(latents[:0]).shape == (0, 1, 2, generator.spec.dim)
