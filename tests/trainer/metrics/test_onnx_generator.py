import numpy as np

from latent import codes
from trainer.metrics.onnx_generator import OnnxGenerator


def test_the_batch_size_does_not_change_the_images(make_generator, latents_of, tmp_path):
    generator = OnnxGenerator(make_generator(tmp_path / "small.onnx"))
    latents = codes.draw(generator.spec, 3, range(7))
    images = generator.generate(latents, batch=3)
    assert (images.shape, images.dtype) == ((7, 1, 2, generator.spec.dim), np.uint8)
    np.testing.assert_array_equal(images, generator.generate(latents))
    np.testing.assert_allclose(latents_of(images[:, 0]), latents, atol=0.026)
    assert generator.generate(latents[:0]).shape == (0, 1, 2, generator.spec.dim)
