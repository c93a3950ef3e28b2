from collections import Counter

import numpy as np
import pytest

from tests.trainer.data.unipen.conftest import SHAPES, writer
from trainer.data.unipen import norms, placement
from trainer.data.unipen.samples import CHARACTERS, WORDS, collect

TEXT = "non lox pox olo nnn plo xox lon"
# Norms that fit the shapes.
NORMS = norms.first() | {"l": norms.Norm(0.0, 1.8), "'": norms.Norm(1.4, 1.9), "=": norms.Norm(0.4, 1.0)}


def placed(make_release, *files, categories=CHARACTERS, known=None):
    merged = {path: content for part in files for path, content in part.items()}
    samples = collect(make_release(merged), categories, Counter())
    return samples, placement.place(samples, known or NORMS)


def joined(name, *lines, **how):
    """Several lines of one file."""
    ink, segments, count = "", "", 0
    for files in (writer(name, line, **how, **place) for line, place in lines):
        (own, *_), (listed, *_) = ([c for p, c in files.items() if p.startswith(kind)] for kind in ("include", "data"))
        header, _, points = own.partition(".PEN_DOWN")
        ink += (header if not ink else "") + ".PEN_DOWN" + points
        for line in listed.splitlines()[2:]:
            _, level, delineation, rest = line.split(" ", 3)
            first, _, last = delineation.partition("-")
            segments += f".SEGMENT {level} {int(first) + count}-{int(last) + count} {rest}\n"
        count += points.count(".PEN_DOWN") + 1
    paths = list(files)
    return {paths[0]: ink, paths[1]: f".INCLUDE abc/data/1c-{name}.dat\n{segments}"}


@pytest.mark.parametrize(("size", "baseline"), [(100.0, 1000.0), (20.0, -300.0)])
def test_letters_tell_the_size_and_the_line(make_release, size, baseline):
    samples, found = placed(make_release, writer("ann", TEXT, size=size, baseline=baseline))
    assert found.x_height == pytest.approx(np.full(len(samples), size), rel=0.03)
    assert found.baseline == pytest.approx(np.full(len(samples), baseline), abs=0.05 * size)
    assert found.on_line.all()
    for sample, extent in zip(samples, found.extents(samples), strict=True):
        ys = [y for stroke in SHAPES[sample.label] for _, y in stroke]
        assert extent == pytest.approx((min(ys), max(ys)), abs=0.1)


def test_a_sign_is_placed_by_its_neighbours_and_not_by_its_class(make_release):
    low = SHAPES | {"'": [[(0, 1.2), (0, 0.9)]]}  # a writer whose apostrophes hang low
    samples, found = placed(make_release, writer("ann", "non'lox pox=olo nnn plo", shapes=low))
    (apostrophe,) = (row for row, sample in enumerate(samples) if sample.label == "'")
    assert found.on_line[apostrophe]
    assert found.extents(samples)[apostrophe] == pytest.approx((0.9, 1.2), abs=0.1)


def test_a_new_line_has_a_baseline_of_its_own(make_release):
    files = joined("ann", (TEXT, {"baseline": 1000.0}), (TEXT, {"baseline": 700.0}))
    samples, found = placed(make_release, files)
    half = len(samples) // 2
    assert found.baseline[:half] == pytest.approx(np.full(half, 1000.0), abs=8)
    assert found.baseline[half:] == pytest.approx(np.full(half, 700.0), abs=8)


def test_characters_in_boxes_keep_their_class_s_place_for_signs(make_release):
    # Every character is at the same place of a box; the signs stand at the bottom of theirs.
    boxed = [(character, {"baseline": 1000.0 - 140.0 * (character == "'")}) for character in "nolxponolx'nolx"]
    samples, found = placed(make_release, joined("ann", *boxed))
    (sign,) = (row for row, sample in enumerate(samples) if sample.label == "'")
    assert not found.on_line[sign]
    assert found.on_line[[row for row in range(len(samples)) if row != sign]].all()
    assert found.extents(samples)[sign] == pytest.approx((1.4, 1.9), abs=0.1)


def test_a_file_whose_letters_share_no_line_is_placed_by_class(make_release):
    rng = np.random.default_rng(3)
    scattered = [(letter, {"baseline": 1000 + rng.uniform(-85, 85)}) for letter in TEXT.replace(" ", "")]
    samples, found = placed(make_release, joined("ann", *scattered))
    assert not found.on_line.any()
    for sample, extent in zip(samples, found.extents(samples), strict=True):
        assert extent == pytest.approx(NORMS[sample.label][:2], abs=0.1)


def test_a_file_of_too_little_ink_takes_the_size_of_the_writers_others(make_release):
    samples, found = placed(
        make_release, writer("ann", TEXT, size=50), writer("Ann", "o", category="1b"), writer("bo", "'")
    )
    by_label = {sample.label: size for sample, size in zip(samples, found.x_height, strict=True)}
    alone = [row for row, sample in enumerate(samples) if "1b-" in sample.source]
    assert found.x_height[alone] == pytest.approx([50], rel=0.03)
    assert np.isnan(by_label["'"])  # of a writer without letters


def test_words_are_placed_as_characters_are(make_release):
    samples, found = placed(make_release, writer("ann", TEXT, category="7"), categories=WORDS)
    assert [sample.label for sample in samples] == TEXT.split()
    assert found.x_height == pytest.approx(np.full(len(samples), 100), rel=0.05)
    assert found.baseline == pytest.approx(np.full(len(samples), 1000), abs=8)


def test_norms_are_learned_where_lines_are_told(make_release):
    longer = SHAPES | {"p": [[(0, 1), (0, -1.3)], *SHAPES["p"][1:]]}
    files = [writer(f"w{number}", TEXT, shapes=longer, size=30.0 + number) for number in range(20)]
    samples = collect(make_release({p: c for part in files for p, c in part.items()}), CHARACTERS, Counter())
    found, learned = placement.learn(samples)
    assert learned["p"].bottom == pytest.approx(-1.3, abs=0.15)
    assert learned["o"][:2] == pytest.approx((0, 1), abs=0.1)
    assert found.on_line.mean() > 0.9
