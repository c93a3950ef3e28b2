import numpy as np
from PIL import Image

from latent import LatentSpec, Noise
from tests.latent.test_spec import SPEC
from trainer.training import snapshots


def test_rows_are_the_categories_and_columns_traverse_a_code():
    drawn = snapshots.latents(SPEC)
    assert list(drawn) == ["samples", "c2", "c3"]
    for rows in drawn.values():
        assert rows.shape == (100, 74)
        np.testing.assert_array_equal(rows[:, 62:72].argmax(1), np.repeat(np.arange(10), 10))
    np.testing.assert_allclose(drawn["c2"][:10, 72], np.linspace(-1, 1, 10))
    assert np.unique(drawn["c2"][:10, 73]).size == 1


def test_a_latent_of_noise_alone_has_samples():
    drawn = snapshots.latents(LatentSpec(variables=(Noise(size=4),)))
    assert {name: rows.shape for name, rows in drawn.items()} == {"samples": (100, 4)}


def test_grid_places_images_row_by_row():
    images = np.stack([np.full((1, 2, 3), value, np.uint8) for value in (10, 20, 30)])
    picture = np.asarray(snapshots.grid(images, columns=2))
    assert picture.shape == (5, 7)
    assert picture[0, 0] == 10
    assert picture[0, 4] == 20
    assert picture[3, 0] == 30
    assert snapshots.grid(np.zeros((1, 3, 4, 4), np.uint8)).mode == "RGB"


def test_snapshots_become_an_animation_in_order(tmp_path, training):
    generator = training.ema.network
    for kimg in (120, 60):
        snapshots.write(tmp_path, generator, training.recipe.latent, kimg)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{kimg:06d}-{name}.png" for kimg in (60, 120) for name in ("c2", "c3", "samples")
    ]
    # Two different frames, because a repeated one would be dropped.
    with Image.open(tmp_path / "000060-samples.png") as snapshot:
        size = snapshot.size
    Image.new("L", size, 200).save(tmp_path / "000060-samples.png")
    with Image.open(snapshots.animate(tmp_path)) as animation:
        assert animation.n_frames == 2
        assert animation.convert("L").getpixel((0, 0)) == 200
