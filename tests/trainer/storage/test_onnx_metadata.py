import hashlib

import onnx
import pytest

from latent import CARD_KEY, CardError
from latent.card import Quality
from latent.encoder import GENERATOR_KEY
from latent.onnx_file import graph_sha256
from trainer.storage import onnx_metadata
from trainer.storage.onnx_metadata import read_card, write_card, write_generator_digest


@pytest.fixture
def path(make_generator, tmp_path):
    return make_generator(tmp_path / "small.onnx")


def test_a_written_card_is_the_card_read(path):
    card = read_card(path).model_copy(update={"quality": Quality(samples=7, label_accuracy=0.5)})
    write_card(path, card)
    assert read_card(path) == card


def test_writing_a_card_keeps_the_graph_and_other_metadata(path):
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"author": "someone", CARD_KEY: "{}"} | read_card(path).to_metadata())
    onnx.save(model, path)
    write_card(path, read_card(path).model_copy(update={"system": "other"}))
    after = onnx.load(path)
    assert after.graph == model.graph
    assert {p.key: p.value for p in after.metadata_props}["author"] == "someone"


def test_a_card_that_is_read_back_differently_is_not_published(path, monkeypatch):
    before = hashlib.sha256(path.read_bytes()).digest()
    card = read_card(path)
    monkeypatch.setattr(onnx_metadata, "read_card", lambda _: card)
    with pytest.raises(CardError, match="read back differs"):
        write_card(path, card.model_copy(update={"system": "other"}))
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_not_onnx_is_refused(tmp_path):
    (tmp_path / "page.onnx").write_bytes(b"<html>")
    with pytest.raises(CardError, match=r"page\.onnx: not an ONNX file"):
        read_card(tmp_path / "page.onnx")


def test_an_encoder_gets_the_digest_of_its_generator_s_graph(path, make_generator, tmp_path):
    generator, digests = tmp_path / "generator.onnx", []
    for options in ({}, {"card": {"system": "other"}}, {"height": 3}):
        write_generator_digest(path, make_generator(generator, **options))
        metadata = {p.key: p.value for p in onnx.load_model(path).metadata_props}
        assert metadata[GENERATOR_KEY] == graph_sha256(generator.read_bytes())
        digests.append(metadata[GENERATOR_KEY])
    assert digests[0] == digests[1] != digests[2]
