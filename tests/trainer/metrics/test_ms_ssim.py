import numpy as np
import pytest
from skimage.metrics import structural_similarity

from trainer.data.strokes import draw
from trainer.metrics.ms_ssim import ms_ssim, within_class_ms_ssim


def waves(side, phase=0.0, length=13):
    y, x = np.mgrid[:side, :side]
    return (127.5 + 127.5 * np.sin(x / 9 + phase) * np.cos(y / length)).astype(np.uint8)[None, None]


def digits(rng, n, digit=3, channels=1):
    images = draw(np.full(n, digit), rng.uniform(-0.4, 0.4, n), rng.uniform(1.5, 4, n), rng.uniform(6, 12, n))
    return np.repeat(images[:, None], channels, axis=1)


def test_five_scales_give_the_values_of_pytorch_msssim():
    # pytorch-msssim 1.0.0; it leaves the published weights at a sum of 1.0001.
    assert ms_ssim(waves(176), waves(176, 0.4, 12)) == pytest.approx([0.7386970785977394], abs=5e-5)
    assert ms_ssim(waves(176), (waves(176) * 0.7).astype(np.uint8)) == pytest.approx([0.9342978618637702], abs=5e-5)


def test_one_scale_is_structural_similarity():
    a, b = (digits(np.random.default_rng(seed), 1)[0, 0, 4:24, 4:24] for seed in (0, 1))
    kept = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    assert ms_ssim(a[None, None], b[None, None]) == pytest.approx([structural_similarity(a, b, **kept)])


def test_similarity_is_one_for_equal_images_and_symmetric():
    rng = np.random.default_rng(0)
    a, b = digits(rng, 6), digits(rng, 6)
    np.testing.assert_allclose(ms_ssim(a, a), 1.0)
    np.testing.assert_allclose(ms_ssim(a, b), ms_ssim(b, a))
    assert (ms_ssim(a, b) < 0.95).all()
    assert (ms_ssim(a, 255 - a) == 0).all()


def test_channels_are_averaged():
    rng = np.random.default_rng(0)
    a, b = digits(rng, 2, channels=3), digits(rng, 2, channels=3)
    np.testing.assert_allclose(ms_ssim(a, b), ms_ssim(a[:, :1], b[:, :1]))
    b[:, 1] = a[:, 1]
    np.testing.assert_allclose(ms_ssim(a, b), (2 * ms_ssim(a[:, :1], b[:, :1]) + 1) / 3)


def test_the_scales_are_those_the_window_fits_into():
    half = waves(64)[:, :, :63, :63]
    assert ms_ssim(half, half) == pytest.approx([1.0])
    with pytest.raises(ValueError, match="a side of 10 pixels"):
        ms_ssim(half[..., :10], half[..., :10])


def test_a_collapsed_class_raises_the_similarity():
    rng = np.random.default_rng(0)
    classes = np.repeat([1, 8], 60)
    varied = np.concatenate([digits(rng, 60, 1), digits(rng, 60, 8)])
    collapsed = varied.copy()
    collapsed[60:] = collapsed[60]
    value = within_class_ms_ssim(varied, classes)
    assert value < 0.8
    assert within_class_ms_ssim(collapsed, classes) == pytest.approx(
        (within_class_ms_ssim(varied[:60], classes[:60]) + 1) / 2, abs=0.05
    )
    # Pairs are within a class alone: across two classes the images are less alike.
    assert within_class_ms_ssim(varied, np.zeros(120, np.intp)) < value
    assert within_class_ms_ssim(varied, classes) == value


def test_classes_of_one_image_have_no_pair():
    assert within_class_ms_ssim(digits(np.random.default_rng(0), 3), np.arange(3)) is None
