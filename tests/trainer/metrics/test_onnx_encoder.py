import numpy as np
import pytest

from latent import CardError, Continuous, LatentSpec, codes
from trainer.data.strokes import draw
from trainer.metrics import encoder


@pytest.fixture
def encoder_file(make_stroke_generator, make_stroke_encoder):
    make_stroke_generator()
    return make_stroke_encoder()


def test_it_is_looked_for_under_the_generators_name(make_stroke_encoder, tmp_path):
    generator = tmp_path / "mnist-infogan.v2.onnx"
    generator.write_bytes(b"a generator")
    assert encoder.beside(generator) is None
    written = make_stroke_encoder("mnist-infogan.v2")
    assert encoder.beside(generator) == written


def test_one_that_was_made_for_another_generator_is_refused(encoder_file, make_stroke_generator):
    generator = make_stroke_generator(digits=range(9, -1, -1))
    with pytest.raises(CardError, match=r"strokes\.encoder\.onnx does not name strokes\.onnx as its generator"):
        encoder.beside(generator)


def test_every_image_is_read_however_many_there_are(encoder_file, stroke_test):
    path, images = encoder_file, stroke_test.images.numpy()[:601]
    reading = encoder.read(path, images)
    assert {name: value.shape for name, value in reading.items()} == {
        "c1": (601, 10),
        "c2": (601, 1),
        "c2_log_variance": (601, 1),
    }
    np.testing.assert_allclose(encoder.read(path, images[590:])["c1"], reading["c1"][590:], rtol=1e-4, atol=1e-6)


def test_real_images_are_clustered_by_the_first_category_read(encoder_file, spec):
    labels = np.arange(40) % 10
    images = draw(labels, slant=0.1, thickness=2.5, width=9.0)[:, None]
    reading = encoder.read(encoder_file, images)
    assert encoder.clusters(reading, spec, (labels + 3) % 10).accuracy == 1.0
    assert encoder.clusters({"c2": reading["c2"]}, spec, labels) is None


def test_only_codes_that_are_read_have_a_bound(encoder_file, spec):
    latents = codes.draw(spec, 0, range(20))
    images = draw(latents[:, spec.slices["c1"]].argmax(axis=1), slant=0.1, thickness=2.5, width=9.0)[:, None]
    reading = encoder.read(encoder_file, images)
    assert set(encoder.information(reading, spec, latents)) == {"c1", "c2"}  # and not c3
    del reading["c1"]
    assert set(encoder.information(reading, spec, latents)) == {"c2"}


def test_a_wider_code_has_as_much_more_entropy():
    def bound(low, high):
        spec = LatentSpec(variables=(Continuous(name="c2", low=low, high=high),))
        reading = {"c2": np.zeros((1, 1)), "c2_log_variance": np.zeros((1, 1))}
        return encoder.information(reading, spec, np.zeros((1, 1), np.float32))["c2"]

    assert bound(-2, 2) - bound(-1, 1) == pytest.approx(np.log(2))
