import numpy as np
import pytest

from trainer.data.unipen import norms


def test_every_printable_character_has_a_norm():
    assert set(norms.first()) == {chr(code) for code in range(33, 127)} == set(norms.CHARSET)
    assert all(norm.bottom < norm.top for norm in norms.first().values())


def test_a_word_stands_as_its_characters_do_together():
    known = norms.first()
    bottom, top, _ = norms.expected(known, ["pl", "o"])[0]
    assert (bottom, top) == (known["p"].bottom, known["l"].top)
    assert norms.expected(known, ["o"]).tolist() == [list(known["o"])]
    assert norms.expected(known, []).shape == (0, 3)


def test_norms_are_learned_from_enough_ink_and_scaled_to_the_x_height():
    rng = np.random.default_rng(0)
    letters = np.repeat(list(norms.X_HEIGHT + "l"), 40)
    # Everything is half as large again as it was taken to be, and 0.2 too high.
    extents = np.where(letters[:, None] == "l", [0.0, 2.0], [0.0, 1.0]) * 1.5 + 0.2
    extents[:, 1] += rng.normal(0, 0.3, len(letters)) * (letters == "l")
    found = norms.learned(norms.first(), letters, extents)
    assert found["o"] == pytest.approx((0, 1, 0.5), abs=0.01)
    assert found["l"][:2] == pytest.approx((0, 2), abs=0.1)
    assert found["l"].steadiness > 0.95  # its top varies
    assert found["Q"] == pytest.approx((-0.2 / 1.5, 1.6 / 1.5, 0.5))  # too little ink: the first norm, moved along
