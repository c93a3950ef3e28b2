import numpy as np
import pytest

from tests.trainer.data.conftest import CORNER, TALL, WIDE
from trainer.data import DataError, fonts, glyphs, packed
from trainer.data.glyphs import GlyphOptions

BOLD = {"a": [(350, 0, 550, 800)], "b": [(100, 300, 900, 500)]}
OPTIONS = GlyphOptions(size=32, images=10, test_fraction=0.2, seed=3)


@pytest.fixture(scope="module")
def faces(make_font, tmp_path_factory):
    """Two faces: `a` is a vertical bar and `b` a horizontal one; the bold face has no `c`."""
    folder = tmp_path_factory.mktemp("fonts")
    make_font(folder / "bold.ttf", BOLD, family="Bold")
    make_font(folder / "fine.ttf", {"a": TALL, "b": WIDE, "c": CORNER}, family="Fine")
    return fonts.find(folder, "abc")


def spread(image):
    """Standard deviations of the ink's rows and columns, in pixels."""
    total = image.sum()
    places = np.indices(image.shape)
    middle = [(image * place).sum() / total for place in places]
    return [np.sqrt((image * (p - m) ** 2).sum() / total) for p, m in zip(places, middle, strict=True)]


def test_images_show_the_character_of_their_label(faces, tmp_path):
    glyphs.pack(faces, "abc", tmp_path, "mine", OPTIONS)
    for split, count in (("train", 8), ("test", 2)):
        dataset = packed.load(tmp_path, "mine", split)
        assert dataset.label_names == ("a", "b", "c")
        assert dataset.images.shape == (3 * count, 1, 32, 32)
        assert dataset.labels.tolist() == [0, 1, 2] * count  # every stretch holds the characters alike
        for image, label in zip(dataset.images[:, 0].numpy().astype(float), dataset.labels.tolist(), strict=True):
            assert image.max() > 200
            assert max(image[0].max(), image[-1].max(), image[:, 0].max(), image[:, -1].max()) < 128
            height, width = spread(image)
            assert label == 2 or (height > 3 * width) == (label == 0)


def test_the_bytes_depend_on_the_seed_only(faces, tmp_path):
    def drawn(name, seed):
        glyphs.pack(faces, "ab", tmp_path, name, GlyphOptions(size=16, images=4, seed=seed))
        return (tmp_path / name / packed.FILE).read_bytes()

    assert drawn("one", 0) == drawn("two", 0)
    assert drawn("one", 0) != drawn("three", 1)


def test_all_images_differ(faces, tmp_path):
    glyphs.pack(faces, "abc", tmp_path, "mine", OPTIONS)
    images = [packed.load(tmp_path, "mine", split).images.flatten(1).numpy() for split in ("train", "test")]
    assert len(np.unique(np.concatenate(images), axis=0)) == 30


def test_faces_alternate(faces):
    heavy = [image.sum() for image in glyphs.draw(faces, "a", OPTIONS)]
    bold, fine = heavy[0::2], heavy[1::2]
    assert min(bold) > max(fine)
    assert OPTIONS.test_images == 2


def test_an_image_does_not_depend_on_other_characters_or_their_number(faces):
    few, many = (list(glyphs.draw(faces, "a", GlyphOptions(size=16, images=images))) for images in (3, 6))
    np.testing.assert_array_equal(few, many[:3])
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(few, list(glyphs.draw(faces, "b", GlyphOptions(size=16, images=3))))


def test_another_size_gives_the_same_drawing(faces):
    small, large = (
        np.stack(list(glyphs.draw(faces, "c", GlyphOptions(size=size, images=4)))).astype(float) for size in (32, 64)
    )
    shrunk = large.reshape(4, 32, 2, 32, 2).mean(axis=(2, 4))
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.97


def test_a_distance_field_has_the_face_s_stroke_width(faces):
    (fine,) = [face for face in faces if face.family == "Fine"]
    field = glyphs.distance_field(fine, "a", 50)
    assert field.half_stroke == pytest.approx(0.84 * 50 / 8 / 2, rel=0.05)  # the bar is an eighth as wide as high
    assert field.distance.max() == pytest.approx(field.half_stroke, abs=0.4)


def test_characters_are_partitioned_by_the_number_of_faces(faces):
    assert glyphs.partition_by_coverage(faces, "abc", 2) == ("ab", "c")
    assert glyphs.partition_by_coverage(faces, "abcd", 1) == ("abc", "d")


def test_an_empty_charset_is_an_error(faces, tmp_path):
    with pytest.raises(DataError, match="--charset: none of its characters is left; too few fonts draw c d"):
        glyphs.pack(faces, "", tmp_path, "mine", OPTIONS, left_out="cd")
    assert not list(tmp_path.iterdir())


def test_the_metadata_say_how_it_was_made(faces, tmp_path):
    told = []
    glyphs.pack(faces, "ab", tmp_path, "mine", OPTIONS, left_out="c", progress=told.append)
    made = packed.metadata(tmp_path, "mine").made
    assert made["fonts"] == ("Bold Regular: 2", "Fine Regular: 3")
    assert (made["maker"], made["seed"], made["images"], made["left_out"]) == ("glyphs", 3, 10, ("c",))
    assert told == [0.5, 1.0]
