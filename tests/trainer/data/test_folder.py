import numpy as np
import pytest
from PIL import Image

from trainer.data import DataError, folder, packed
from trainer.data.folder import ImageFormat


def left_half(mode, low, high, size=(40, 20)):
    """A picture of 40 x 20 whose left half is `high`, the rest `low`."""
    image = Image.new(mode, size, low)
    image.paste(high, (0, 0, size[0] // 2, size[1]))
    return image


def palette():
    image = Image.new("P", (40, 20), 1)
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.paste(0, (0, 0, 20, 20))
    return image


@pytest.mark.parametrize(
    ("image", "ending"),
    [
        (left_half("1", 0, 1), "png"),
        (left_half("L", 0, 255), "bmp"),
        (left_half("RGB", "black", "white"), "png"),
        (left_half("RGBA", "black", "white"), "webp"),
        (left_half("LA", (0, 255), (255, 255)), "png"),
        (left_half("RGBA", "black", (0, 0, 0, 0)), "png"),  # transparent is the background: white
        (left_half("CMYK", (0, 0, 0, 255), (0, 0, 0, 0)), "tif"),
        (left_half("I;16", 0, 65535), "png"),
        (left_half("I", 0, 65535), "tif"),
        (palette(), "gif"),
    ],
    ids=lambda value: getattr(value, "mode", value),
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_mode_is_read(tmp_path, image, ending, channels):
    path = tmp_path / f"picture.{ending}"
    image.save(path, **({"lossless": True} if ending == "webp" else {}))
    pixels = folder.read(path, ImageFormat(size=16, channels=channels))
    assert (pixels.shape, pixels.dtype) == ((channels, 16, 16), np.uint8)
    assert pixels[:, :, :7].min() >= 250
    assert pixels[:, :, 9:].max() <= 5


def test_16_bit_values_are_scaled_to_8_bits(tmp_path):
    Image.new("I;16", (9, 9), 0x8080).save(tmp_path / "grey.png")
    assert set(folder.read(tmp_path / "grey.png", ImageFormat(8)).ravel()) == {0x80}


def test_transparent_pixels_get_the_background(tmp_path):
    Image.new("RGBA", (9, 9), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    for background, grey in (("white", 255), ("black", 0)):
        assert set(folder.read(tmp_path / "clear.png", ImageFormat(8, 1, background)).ravel()) == {grey}


def test_a_picture_is_turned_by_its_exif_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn it clockwise to see it
    left_half("L", 0, 255).save(tmp_path / "turned.png", exif=exif)
    pixels = folder.read(tmp_path / "turned.png", ImageFormat(16, 1))[0]
    assert (pixels[:7].min(), pixels[9:].max()) == (255, 0)


def test_a_long_picture_is_cropped_at_its_centre(tmp_path):
    image = Image.new("L", (300, 20))
    image.paste(255, (140, 0, 160, 20))
    image.save(tmp_path / "long.png")
    assert folder.read(tmp_path / "long.png", ImageFormat(20, 1)).min() == 255


@pytest.mark.parametrize(("mode", "value"), [("F", 0.5), ("I", 70000), ("I", -1)])
def test_values_whose_white_is_unknown_are_refused(mode, value):
    with pytest.raises(ValueError, match=r"floating-point|16 bits"):
        folder.to_8_bit(Image.new(mode, (2, 2), value))


@pytest.fixture
def photos(tmp_path):
    """Two classes of 60 and 40 pictures, each of one grey; one lies deeper."""
    source = tmp_path / "photos"
    for name, greys in (("cats", range(60)), ("dogs", range(100, 140))):
        (source / name / "deeper").mkdir(parents=True)
        for grey in greys:
            deeper = "deeper/" if grey == 100 else ""
            Image.new("L", (12, 9), grey).save(source / name / f"{deeper}{grey}.png")
    (source / ".cache").mkdir()
    (source / "README.txt").write_text("not a class")
    (source / "cats" / ".DS_Store").write_bytes(b"not a picture")
    return source


def packed_from(source, root, test_fraction=0.1, log=lambda line: None):
    folder.pack(source, root, "mine", ImageFormat(8, 1), test_fraction, log)
    return [packed.load(root, "mine", split) for split in ("train", "test")]


def greys_of(dataset, label):
    return set(dataset.images[dataset.labels == label].flatten().tolist())


def test_the_subfolders_are_the_labels(photos, tmp_path):
    train, test = packed_from(photos, tmp_path)
    assert train.label_names == ("cats", "dogs")
    assert (train.images.shape, test.images.shape) == ((90, 1, 8, 8), (10, 1, 8, 8))
    assert [test.labels.tolist().count(label) for label in (0, 1)] == [6, 4]
    assert greys_of(train, 0) | greys_of(test, 0) == set(range(60))
    assert greys_of(train, 1) | greys_of(test, 1) == set(range(100, 140))
    assert [train.labels[:10].tolist().count(label) for label in (0, 1)] == [6, 4]  # every stretch holds both


def test_the_split_depends_only_on_the_pixels(photos, tmp_path):
    _, before = packed_from(photos, tmp_path)
    for number, path in enumerate(sorted((photos / "cats").glob("*.png"), key=lambda path: path.name[::-1])):
        path.rename(photos / "cats" / f"renamed-{number:03}.png")
    _, after = packed_from(photos, tmp_path)
    assert greys_of(before, 0) == greys_of(after, 0)
    Image.new("L", (9, 9), 200).save(photos / "dogs" / "new.png")
    _, grown = packed_from(photos, tmp_path)
    assert len(greys_of(before, 1) - greys_of(grown, 1)) <= 1


@pytest.mark.parametrize(("share", "count"), [(0.001, [1, 1]), (0.999, [59, 39])])
def test_every_class_is_in_both_splits(photos, tmp_path, share, count):
    _, test = packed_from(photos, tmp_path, share)
    assert [test.labels.tolist().count(label) for label in (0, 1)] == count


def test_one_unreadable_file_in_a_hundred_is_logged_and_skipped(photos, tmp_path):
    (photos / "dogs" / "100.png").write_bytes((photos / "dogs" / "101.png").read_bytes()[:50])
    (photos / "dogs" / "101.png").unlink()
    logged = []
    train, test = packed_from(photos, tmp_path, log=logged.append)
    assert len(train) + len(test) == 99
    passed_over, line = logged
    assert (
        passed_over
        == "passed over 3 files or folders that are not pictures of a class: .cache, README.txt, cats/.DS_Store"
    )
    assert line.startswith("skipped dogs/100.png: ")
    assert packed.metadata(tmp_path, "mine").made["skipped"] == (line.removeprefix("skipped "),)


def test_more_unreadable_files_are_an_error_that_lists_them(photos, tmp_path):
    for number in range(30):
        (photos / "cats" / f"{number}.png").write_bytes(b"broken")
    with pytest.raises(DataError) as caught:
        packed_from(photos, tmp_path)
    first, *lines = str(caught.value).splitlines()
    assert "30 of 100 files cannot be read, more than 1%" in first
    assert (len(lines), lines[-1]) == (21, "  and 10 more")
    assert "cats/0.png" in lines[0]
    assert packed.names(tmp_path) == ()


def test_a_folder_without_subfolders_is_an_error(tmp_path):
    (tmp_path / "photos").mkdir()
    for source in ("photos", "nowhere"):
        with pytest.raises(DataError, match=f"--from .*{source}: no subfolder there; it takes one subfolder a class"):
            packed_from(tmp_path / source, tmp_path)


def test_a_class_of_one_picture_is_an_error(photos, tmp_path):
    (photos / "eels").mkdir()
    Image.new("L", (9, 9)).save(photos / "eels" / "only.png")
    with pytest.raises(DataError, match="eels: 1 pictures, a class needs at least one for each split"):
        packed_from(photos, tmp_path)


STRAY = ["Thumbs.db", "desktop.ini", "labels.csv", ".DS_Store", "._0.png", "notes.txt"]


def test_stray_files_are_passed_over_and_told(photos, tmp_path):
    for name in STRAY:
        (photos / "dogs" / name).write_bytes(b"not a picture")
    (photos / "__MACOSX" / "cats").mkdir(parents=True)
    (photos / "__MACOSX" / "cats" / "._0.png").write_bytes(b"a resource fork")
    logged = []
    train, test = packed_from(photos, tmp_path, log=logged.append)
    assert (len(train) + len(test), train.label_names) == (100, ("cats", "dogs"))
    (line,) = logged
    assert line.startswith("passed over 10 files or folders that are not pictures of a class: ")
    assert "__MACOSX" in line
    assert all(f"dogs/{name}" in line for name in STRAY)
    assert packed.metadata(tmp_path, "mine").made["skipped"] == ()


def test_a_picture_is_read_whatever_its_suffix_is(photos, tmp_path):
    (photos / "dogs" / "100.png").unlink(missing_ok=True)
    (photos / "dogs" / "101.png").rename(photos / "dogs" / "101")
    (photos / "dogs" / "102.png").rename(photos / "dogs" / "102.data")
    logged = []
    train, test = packed_from(photos, tmp_path, log=logged.append)
    assert {101, 102} <= greys_of(train, 1) | greys_of(test, 1)
    assert not any("101" in line or "102" in line for line in logged)


def test_class_folders_in_both_unicode_forms_are_one_class(tmp_path):
    source = tmp_path / "photos"
    for number, name in enumerate(("\u00e9", "e\u0301", "z")):
        (source / name).mkdir(parents=True)
        for grey in range(3):
            Image.new("L", (9, 9), 10 * number + grey).save(source / name / f"{grey}.png")
    train, test = packed_from(source, tmp_path)
    assert train.label_names == ("z", "\u00e9")
    assert greys_of(train, 1) | greys_of(test, 1) == {0, 1, 2, 10, 11, 12}
