import hashlib

import numpy as np
import onnx
import pytest

from latent import CardError
from latent.encoder import GENERATOR_KEY
from trainer.metrics.onnx_encoder import OnnxEncoder
from trainer.storage.onnx_metadata import read_card, write_card


def test_it_is_found_by_the_generators_name(make_stroke_encoder, make_generator, tmp_path):
    generator = make_generator(tmp_path / "mnist-infogan.v2.onnx")
    assert OnnxEncoder.beside(generator) is None
    written = make_stroke_encoder("mnist-infogan.v2")
    assert OnnxEncoder.beside(generator).path == written


def test_an_encoder_of_another_generator_is_refused(encoder_file, make_stroke_generator):
    generator = make_stroke_generator(digits=range(9, -1, -1))
    with pytest.raises(CardError, match=r"strokes\.encoder\.onnx does not name strokes\.onnx as its generator"):
        OnnxEncoder.beside(generator)


def test_a_new_card_does_not_change_the_generator(encoder_file):
    generator = encoder_file.with_name("strokes.onnx")
    write_card(generator, read_card(generator).model_copy(update={"system": "other"}))
    assert OnnxEncoder.beside(generator) is not None


def test_an_encoder_of_an_earlier_version_names_the_whole_file(encoder_file):
    generator, model = encoder_file.with_name("strokes.onnx"), onnx.load(encoder_file)
    onnx.helper.set_model_props(model, {GENERATOR_KEY: hashlib.sha256(generator.read_bytes()).hexdigest()})
    onnx.save(model, encoder_file)
    assert OnnxEncoder.beside(generator) is not None


def test_images_are_encoded_in_batches(encoder_file, stroke_test):
    encoder, images = OnnxEncoder(encoder_file), stroke_test.images.numpy()[:601]
    output = encoder.encode(images)
    assert {name: value.shape for name, value in output.items()} == {
        "c1": (601, 10),
        "c2": (601, 1),
        "c2_log_variance": (601, 1),
    }
    np.testing.assert_allclose(encoder.encode(images[590:])["c1"], output["c1"][590:], rtol=1e-4, atol=1e-6)
