"""The texts of lines: bundled words, and how texts vary by case, numbers, punctuation and number."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from latent import CodeError, ModelCard
from latent.card import ImageShape
from service.datasets.bundled_texts import english
from service.datasets.corpora import no_corpora
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.datasets.texts import TextSampler
from service.datasets.writer_style import MAX_CHARACTERS, line_charset
from tests.conftest import MNIST, PROVENANCE
from tests.framed_models import FRAME, FRAMED, SIDE

_IMAGE = ImageShape(channels=1, height=SIDE, width=SIDE)
LETTERS = DatasetSource(
    ModelCard(name="letters", system="test", latent=FRAMED, image=_IMAGE, frame=FRAME, provenance=PROVENANCE), "f" * 64
)
DIGITS = DatasetSource(
    ModelCard(name="digits", system="test", latent=MNIST, image=_IMAGE, provenance=PROVENANCE), "f" * 64
)
N = 2000


def sampler(source: DatasetSource = LETTERS, **query: Any) -> TextSampler:
    return TextSampler.create(source, DatasetSpec.model_validate({"kind": "lines", **query}), no_corpora)


def draw(n: int = N, **query: Any) -> list[str]:
    drawn = sampler(**query).draw(3, range(n))
    assert set("".join(drawn)) <= set(line_charset(LETTERS))
    return drawn


def share(texts: list[str], is_so: Any) -> float:
    return sum(map(is_so, texts)) / len(texts)


def test_a_model_of_letters_writes_english_words_if_nothing_else_is_named() -> None:
    words = english()
    assert 10_000 < len(words) < 20_000
    texts = draw()
    assert texts == draw(corpus="english")
    known = {words.joined[start:stop].lower() for start, stop in pairwise(words.starts)}
    assert share(texts, lambda text: text.lower() in known) > 0.75
    assert share(texts, lambda text: any(c.isdigit() for c in text)) == pytest.approx(0.1, abs=0.03)
    assert share(texts, str.isupper) == pytest.approx(0.1, abs=0.03)
    assert share(texts, lambda text: text.istitle()) == pytest.approx(0.27, abs=0.04)


def test_case_is_weighted_as_asked() -> None:
    plain = {"corpus": "english", "digits": 0, "punctuation": 0}
    assert share(draw(case="upper", **plain), str.isupper) == 1
    assert share(draw(case="lower", **plain), str.islower) == 1
    mixed = draw(case="lower:1,upper:3", **plain)
    assert share(mixed, str.isupper) == pytest.approx(0.75, abs=0.04)
    assert draw(20, words="aB,cD", case="title") == [t[:1].upper() + t[1:].lower() for t in draw(20, words="aB,cD")]


def test_shares_of_numbers_and_of_punctuation() -> None:
    texts = draw(words="ab", digits=0.5, punctuation=0.25)
    assert share(texts, lambda text: any(c.isdigit() for c in text)) == pytest.approx(0.5, abs=0.05)
    marked = share(texts, lambda text: not text.replace(".", "", text[:1].isdigit()).isalnum())
    assert marked == pytest.approx(0.25, abs=0.05)
    assert draw(50, words="ab,cd") == [text for text in draw(50, words="ab,cd") if text in ("ab", "cd")]


def test_several_texts_stand_on_a_line_as_far_as_they_fit() -> None:
    texts = draw(words="ab,cd", texts_per_line="2-4")
    assert {text.count(" ") for text in texts} == {1, 2, 3}
    assert {text.split()[1] for text in texts} == {"ab", "cd"}
    long = draw(200, words=f"{'a' * 30}", texts_per_line="5", punctuation=1)
    assert {len(text) for text in long} <= set(range(62, MAX_CHARACTERS + 1))
    assert sampler(words="a" * 30, texts_per_line="5").longest == MAX_CHARACTERS


def test_a_line_is_the_same_whatever_is_drawn_with_it() -> None:
    drawn = sampler(texts_per_line="1-5")
    assert drawn.draw(3, range(7, 9)) == drawn.draw(3, range(20))[7:9]
    assert sampler(words="a,b").draw(3, range(9)) == sampler(words="a,b", texts_per_line="1").draw(3, range(9))


def test_the_charset_is_what_lines_can_have() -> None:
    assert sampler(words="ab").alphabet == set("ab")
    assert sampler(words="ab", case="lower:1,title:1").alphabet == set("abAB")
    assert sampler(words="ab", texts_per_line="2", digits=0.1).alphabet == set("ab 0123456789.")


def test_the_words_that_are_drawn_from_are_named() -> None:
    assert sampler().version.startswith("english ")
    assert sampler(words="a").version == ""


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"case": "upper:x"}, "case", "must be one of as-is, lower, title, upper"),
        ({"case": "upper:0"}, "case", "must be one of"),
        ({"case": "swap:1"}, "case", "must be one of"),
        ({"texts_per_line": "0"}, "texts_per_line", "from 1 to 16"),
        ({"texts_per_line": "5-2"}, "texts_per_line", "from 1 to 16"),
        ({"source": DIGITS}, "kind", "needs what is to be written: one of pattern, words, length, corpus"),
        ({"source": DIGITS, "words": "12", "texts_per_line": "17"}, "texts_per_line", "from 1 to 16"),
        ({"source": DIGITS, "corpus": "english"}, "corpus", "nothing here draws"),
    ],
)
def test_what_does_not_fit_is_named(query: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(CodeError) as refused:
        sampler(**query)
    assert (refused.value.field, said in refused.value.expected) == (field, True), refused.value.expected


def test_a_set_of_glyphs_has_no_texts(lab: Any) -> None:
    for query in ({"case": "upper"}, {"texts_per_line": "2"}, {"kind": "glyphs", "words": "1"}):
        with pytest.raises(CodeError, match="sets of lines"):
            lab.plan(**query)
