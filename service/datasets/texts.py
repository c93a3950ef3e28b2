"""The texts of a data set's lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from latent import CodeError, philox
from service.datasets import item_list, pattern
from service.datasets.corpora import CorpusLookup, TextList
from service.datasets.pattern import MAX_CHOICES, Pattern
from service.datasets.source import DatasetSource
from service.datasets.spec import LINE_PARAMETERS, DatasetSpec
from service.datasets.writer_style import MAX_CHARACTERS, line_charset

_STREAM = 2**36  # of a seed
_LISTED = 20  # characters that an error names


class Texts(Protocol):
    """Texts to draw from: a pattern's, or those of a list."""

    @property
    def alphabet(self) -> Collection[str]:
        """Every character that a text can have."""

    @property
    def longest(self) -> int:
        """Characters of the longest text."""

    def draw(self, next_uniform: Callable[[], float]) -> str:
        """A random text."""


@dataclass(frozen=True)
class TextSampler:
    """Draws a text for every line."""

    texts: Texts

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec, find_corpus: CorpusLookup) -> TextSampler:
        """The texts of a spec, which has at least one of `LINE_PARAMETERS`.

        Raises:
            CodeError: more than one of them, a text too long, an unknown corpus, or characters that cannot be drawn.
        """
        given = [name for name in LINE_PARAMETERS if getattr(spec, name) is not None]
        if len(given) > 1:
            raise CodeError(given[1], getattr(spec, given[1]), f"cannot be combined with `{given[0]}`")
        (field,) = given
        value: str = getattr(spec, field)
        texts: Texts
        match field:
            case "pattern":
                texts = pattern.parse(value, MAX_CHARACTERS)
            case "words":
                texts = _from_words(value)
            case "length":
                texts = _from_length(source, value)
            case _:
                texts = find_corpus(value)
        known = line_charset(source)
        unknown = sorted(set(texts.alphabet) - set(known))
        if unknown:
            drawable = "".join(known)
            listed = ", ".join([*map(repr, unknown[:_LISTED]), *(["..."] if len(unknown) > _LISTED else [])])
            raise CodeError(field, value, f"nothing here draws {listed}; there are {drawable!r}")
        return cls(texts)

    def draw(self, seed: int, indices: Sequence[int]) -> list[str]:
        """The texts of these lines."""
        rows = philox.uniforms(philox.stream(seed, _STREAM), indices, MAX_CHOICES)
        return [self.texts.draw(iter(row.tolist()).__next__) for row in rows]


def _from_words(value: str) -> TextList:
    words = item_list.split(value, "words")
    if not all(0 < len(word) <= MAX_CHARACTERS for word in words):
        expected = f'must be words of 1 to {MAX_CHARACTERS} characters, separated by commas: `one,two,"1,234"`'
        raise CodeError("words", value, expected)
    return TextList.create(words)


def _from_length(source: DatasetSource, value: str) -> Pattern:
    least, _, most = value.partition("-")
    first, last = int(least), int(most or least)
    if not 1 <= first <= last <= MAX_CHARACTERS:
        raise CodeError("length", value, f"must be from 1 to {MAX_CHARACTERS}, as 6 or as 4-8")
    characters = tuple(label for label in source.labelled.labels if len(label) == 1)
    if not characters:
        raise CodeError("length", value, "needs a model whose labels are characters")
    return Pattern(((Pattern(characters),),), first, last)
