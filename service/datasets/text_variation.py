"""How a line's texts vary: how many stand on it, their case, and the shares of numbers and of punctuation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from latent import CodeError
from service.datasets import item_list
from service.datasets.writer_style import MAX_CHARACTERS

T = TypeVar("T")

MOST_TEXTS = 16
"""Texts on one line, at most."""

NUMBERS_PER_TEXT = 8
"""Random numbers that one text's variation takes."""

CASES: dict[str, Callable[[str], str]] = {
    "as-is": lambda text: text,
    "lower": str.lower,
    "title": lambda text: text[:1].upper() + text[1:].lower(),
    "upper": str.upper,
}

_MARKS: tuple[tuple[float, str, str], ...] = (
    (6, "", ","),
    (6, "", "."),
    *((1, "", mark) for mark in "?!;:"),
    *((1, pair[0], pair[-1]) for pair in ("()", '"', "'", "[]")),
    *((0.25, mark, "") for mark in "#$@&*+-/<=>\\^_`{|}~%"),
    *((0.25, "", mark) for mark in "#$@&*+-/<=>\\^_`{|}~%"),
)
"""Weight, and what stands before and after the text."""

_LONGEST_NUMBER = 6  # digits
_DECIMAL_SHARE = 0.2  # of the numbers, where there is a point


@dataclass(frozen=True)
class TextVariation:
    """What is done to each text that is drawn.

    `cases` are the names of `CASES` with their weights. `digits` is the share of texts in whose place a number is
    written, `punctuation` the share of those that get a mark, or a pair of them. A line has `least` to `most` texts,
    as many of them as fit into `MAX_CHARACTERS`.
    """

    cases: tuple[tuple[str, float], ...] = (("as-is", 1.0),)
    digits: float = 0.0
    punctuation: float = 0.0
    least: int = 1
    most: int = 1
    marks: tuple[tuple[float, str, str], ...] = ()
    has_point: bool = False

    @classmethod
    def create(
        cls, case: str | None, digits: float, punctuation: float, texts_per_line: str, known: Collection[str]
    ) -> TextVariation:
        """The variation of a spec's parameters, for a model that writes the `known` characters.

        Raises:
            CodeError: an unknown case, bad weights or numbers, or a share of what the model does not draw.
        """
        cases = _parse_cases(case) if case else cls.cases
        marks = tuple(mark for mark in _MARKS if set(mark[1] + mark[2]) <= set(known))
        if digits and not set("0123456789") <= set(known):
            raise CodeError("digits", digits, "needs a model that draws all ten digits")
        if punctuation and not marks:
            raise CodeError("punctuation", punctuation, "needs a model that draws punctuation")
        least, _, most = texts_per_line.partition("-")
        first, last = int(least), int(most or least)
        if not 1 <= first <= last <= MOST_TEXTS:
            raise CodeError("texts_per_line", texts_per_line, f"must be from 1 to {MOST_TEXTS}, as 3 or as 2-5")
        return cls(cases, digits, punctuation, first, last, marks if punctuation else (), "." in known)

    @property
    def is_trivial(self) -> bool:
        """Whether texts stay as they are drawn."""
        return self == TextVariation(has_point=self.has_point)

    def alphabet(self, alphabet: Collection[str]) -> set[str]:
        """Every character that a line can have, where texts have those of `alphabet`."""
        cases = {CASES[name] for name, weight in self.cases if weight}
        characters = {written for character in alphabet for case in cases for written in case(character)}
        if CASES["title"] in cases:
            characters |= {character.upper() for character in alphabet} | {character.lower() for character in alphabet}
        characters |= set("0123456789." if self.has_point else "0123456789") if self.digits else set()
        return characters | set("".join(before + after for _, before, after in self.marks)) | set(" " * (self.most - 1))

    def longest(self, longest: int) -> int:
        """Characters of the longest line, where texts have at most `longest`."""
        text = max(longest, _LONGEST_NUMBER + 1 if self.digits else 0) + (2 if self.punctuation else 0)
        return min(MAX_CHARACTERS, self.most * (text + 1) - 1)

    def line(self, draw: Callable[[int], str], u: Iterator[float]) -> str:
        """A line. `draw` gives its k-th text, `u` uniform numbers: 1, and `NUMBERS_PER_TEXT` for each text."""
        number = self.least + int(next(u) * (self.most - self.least + 1))
        line = ""
        for k in range(number):
            of_text = [next(u) for _ in range(NUMBERS_PER_TEXT)]
            plain = self._number(of_text[2:5]) if of_text[0] < self.digits else self._cased(draw(k), of_text[1])
            marked = self._marked(plain, of_text[6]) if of_text[5] < self.punctuation else plain
            for text in (marked, plain):
                joined = f"{line} {text}" if line else text
                if len(joined) <= MAX_CHARACTERS:
                    line = joined
                    break
            else:
                break
        return line

    def _cased(self, text: str, u: float) -> str:
        chosen = _choose(self.cases, [weight for _, weight in self.cases], u)[0]
        cased = CASES[chosen](text)
        return cased if len(cased) == len(text) else text  # as of the German sharp s

    def _number(self, u: list[float]) -> str:
        digits = 1 + int(u[0] * (_LONGEST_NUMBER - 1))
        number = str(int(u[1] * 10**digits))
        return f"{number}.{int(u[2] * 500) % 100:02d}" if self.has_point and u[2] < _DECIMAL_SHARE else number

    def _marked(self, text: str, u: float) -> str:
        _, before, after = _choose(self.marks, [weight for weight, _, _ in self.marks], u)
        return before + text + after


def _choose(options: tuple[T, ...], weights: list[float], u: float) -> T:
    ends = list(accumulate(weights))
    return next((option for option, end in zip(options, ends, strict=True) if u * ends[-1] < end), options[-1])


def _parse_cases(case: str) -> tuple[tuple[str, float], ...]:
    expected = f"must be one of {', '.join(CASES)}, or weights of them: `lower:6,title:3,upper:1`"
    weights = {case: 1.0} if case in CASES else item_list.weights(case, "case", expected)
    if not weights.keys() <= CASES.keys() or not sum(weights.values()) > 0:
        raise CodeError("case", case, expected)
    return tuple((name, weights[name]) for name in CASES if name in weights)
