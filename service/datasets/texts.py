"""What lines say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latent import CodeError, philox
from service.datasets import pattern, writer
from service.datasets.pattern import CHOICES, Part
from service.datasets.source import Source
from service.datasets.spec import Query

_STREAM = 2**36


@dataclass(frozen=True)
class Texts:
    """A text for every line, by pattern: words and lengths are patterns too."""

    part: Part

    @classmethod
    def parse(cls, source: Source, query: Query) -> Texts:
        """What a query's lines are to say.

        Raises:
            CodeError: two ways at once, a text too long, or characters that nothing draws.
        """
        given = [name for name in ("pattern", "words", "length") if getattr(query, name) is not None]
        if len(given) > 1:
            raise CodeError(given[1], getattr(query, given[1]), f"must be left out beside `{given[0]}`")
        (field,) = given
        part = {"pattern": _pattern, "words": _words, "length": _length}[field](source, getattr(query, field))
        unknown = sorted(part.alphabet - set(writer.charset(source)))
        if unknown:
            there = "".join(writer.charset(source))
            expected = f"nothing here draws {', '.join(map(repr, unknown))}; there are {there!r}"
            raise CodeError(field, getattr(query, field), expected)
        return cls(part)

    def draw(self, seed: int, indices: Sequence[int]) -> list[str]:
        """The texts of these lines."""
        rows = philox.uniforms(philox.stream(seed, _STREAM), indices, CHOICES)
        return [self.part.text(iter(row.tolist()).__next__) for row in rows]


def _pattern(source: Source, said: str) -> Part:
    return pattern.parse(said, writer.MOST)


def _words(source: Source, said: str) -> Part:
    words = said.split(",")
    if not all(0 < len(word) <= writer.MOST for word in words):
        raise CodeError("words", said, f"must be words of 1 to {writer.MOST} characters, comma by comma")
    return Part(tuple(tuple(Part((character,)) for character in word) for word in words))


def _length(source: Source, said: str) -> Part:
    least, _, most = said.partition("-")
    first, last = int(least), int(most or least)
    if not 1 <= first <= last <= writer.MOST:
        raise CodeError("length", said, f"must be from 1 to {writer.MOST}, as 6 or as 4-8")
    own = tuple(label for label in source.labelled.labels if len(label) == 1)
    if not own:
        raise CodeError("length", said, "needs a model whose labels are characters")
    return Part(((Part(own),),), first, last)
