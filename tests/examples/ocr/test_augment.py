import torch

from examples.ocr import augment


def test_lines_keep_their_shape_and_become_different_ones():
    torch.manual_seed(0)
    lines = torch.zeros(8, 1, 32, 64)
    lines[:, :, 8:26, 20:24] = 1
    varied = augment.augment(lines)
    assert varied.shape == lines.shape
    assert len({line.sum().item() for line in varied}) == 8


def test_without_bounds_it_changes_nothing(monkeypatch):
    for name in ("LEAN", "STRETCH", "SHIFT", "WAVE", "PEN", "NOISE"):
        monkeypatch.setattr(augment, name, 0.0)
    lines = torch.rand(2, 1, 32, 50)
    assert torch.allclose(augment.augment(lines), lines, atol=1e-5)


def test_a_line_leans_by_pixels_whatever_its_width(monkeypatch):
    for name in ("STRETCH", "SHIFT", "WAVE", "PEN", "NOISE"):
        monkeypatch.setattr(augment, name, 0.0)
    monkeypatch.setattr(augment.torch, "rand", lambda *size: torch.ones(*size))
    for width in (64, 192):
        lines = torch.zeros(1, 1, 32, width)
        lines[..., 30] = 1
        columns = augment.augment(lines)[0, 0].argmax(dim=1)
        # The tangent of the lean is LEAN: so many columns over the 30 rows between the first and the last but one.
        assert abs((columns[1] - columns[31]).item()) == round(30 * augment.LEAN)
