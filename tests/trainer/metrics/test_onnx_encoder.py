import numpy as np
import pytest

from latent import CardError
from trainer.metrics.onnx_encoder import OnnxEncoder


def test_it_is_found_by_the_generators_name(make_stroke_encoder, tmp_path):
    generator = tmp_path / "mnist-infogan.v2.onnx"
    generator.write_bytes(b"a generator")
    assert OnnxEncoder.beside(generator) is None
    written = make_stroke_encoder("mnist-infogan.v2")
    assert OnnxEncoder.beside(generator).path == written


def test_an_encoder_of_another_generator_is_refused(encoder_file, make_stroke_generator):
    generator = make_stroke_generator(digits=range(9, -1, -1))
    with pytest.raises(CardError, match=r"strokes\.encoder\.onnx does not name strokes\.onnx as its generator"):
        OnnxEncoder.beside(generator)


def test_images_are_encoded_in_batches(encoder_file, stroke_test):
    encoder, images = OnnxEncoder(encoder_file), stroke_test.images.numpy()[:601]
    output = encoder.encode(images)
    assert {name: value.shape for name, value in output.items()} == {
        "c1": (601, 10),
        "c2": (601, 1),
        "c2_log_variance": (601, 1),
    }
    np.testing.assert_allclose(encoder.encode(images[590:])["c1"], output["c1"][590:], rtol=1e-4, atol=1e-6)
