import torch

from examples.ocr import augment


def test_augmented_lines_keep_their_shape_and_differ():
    torch.manual_seed(0)
    lines = torch.zeros(8, 1, 32, 64)
    lines[:, :, 8:26, 20:24] = 1
    augmented = augment.augment(lines)
    assert augmented.shape == lines.shape
    assert len({line.sum().item() for line in augmented}) == 8


def test_bounds_of_0_change_nothing(monkeypatch):
    for name in ("SHEAR", "SCALE", "SHIFT", "ELASTIC", "STROKE", "NOISE"):
        monkeypatch.setattr(augment, name, 0.0)
    lines = torch.rand(2, 1, 32, 50)
    assert torch.allclose(augment.augment(lines), lines, atol=1e-5)


def test_the_shear_in_pixels_does_not_depend_on_the_width(monkeypatch):
    for name in ("SCALE", "SHIFT", "ELASTIC", "STROKE", "NOISE"):
        monkeypatch.setattr(augment, name, 0.0)
    monkeypatch.setattr(augment.torch, "rand", lambda *size: torch.ones(*size))
    for width in (64, 192):
        lines = torch.zeros(1, 1, 32, width)
        lines[..., 30] = 1
        columns = augment.augment(lines)[0, 0].argmax(dim=1)
        # SHEAR is columns per row, here over the 30 rows from 1 to 31.
        assert abs((columns[1] - columns[31]).item()) == round(30 * augment.SHEAR)
