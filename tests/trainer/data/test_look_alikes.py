import pytest

from trainer.data.look_alikes import fold, has_look_alikes


@pytest.mark.parametrize(("one", "other"), [("0", "O"), ("o", "0"), ("1", "l"), ("I", "l"), ("c", "C"), ("i", "1")])
def test_look_alikes_share_a_name(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "o"), ("5", "S"), ("2", "Z"), ("q", "9"), ("7", "1")])
def test_others_do_not(one, other):
    assert fold(one) != fold(other)


def test_digits_have_no_look_alikes():
    assert not has_look_alikes("0123456789")
    assert has_look_alikes("0123456789abcdefghijklmno")
