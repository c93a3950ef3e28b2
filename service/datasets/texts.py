"""The texts of a data set's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latent import CodeError, philox
from service.datasets import pattern
from service.datasets.pattern import MAX_CHOICES, Pattern
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.datasets.writer import MAX_CHARACTERS, line_charset

_STREAM = 2**36  # of a seed
_LISTED = 20  # characters that an error names


@dataclass(frozen=True)
class TextSampler:
    """Draws a text for every line from a pattern. Lists of words and lengths are patterns too."""

    pattern: Pattern

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec) -> TextSampler:
        """The texts of a spec, which has at least one of `pattern`, `words` and `length`.

        Raises:
            CodeError: more than one of them, a text too long, or characters that cannot be drawn.
        """
        given = [name for name in ("pattern", "words", "length") if getattr(spec, name) is not None]
        if len(given) > 1:
            raise CodeError(given[1], getattr(spec, given[1]), f"must be left out beside `{given[0]}`")
        (field,) = given
        text = getattr(spec, field)
        parsed = {"pattern": _from_pattern, "words": _from_words, "length": _from_length}[field](source, text)
        known = line_charset(source)
        unknown = sorted(parsed.alphabet - set(known))
        if unknown:
            drawable = "".join(known)
            listed = ", ".join([*map(repr, unknown[:_LISTED]), *(["..."] if len(unknown) > _LISTED else [])])
            raise CodeError(field, text, f"nothing here draws {listed}; there are {drawable!r}")
        return cls(parsed)

    def draw(self, seed: int, indices: Sequence[int]) -> list[str]:
        """The texts of these lines."""
        rows = philox.uniforms(philox.stream(seed, _STREAM), indices, MAX_CHOICES)
        return [self.pattern.draw(iter(row.tolist()).__next__) for row in rows]


def _from_pattern(source: DatasetSource, text: str) -> Pattern:
    return pattern.parse(text, MAX_CHARACTERS)


def _from_words(source: DatasetSource, text: str) -> Pattern:
    words = text.split(",")
    if not all(0 < len(word) <= MAX_CHARACTERS for word in words):
        raise CodeError("words", text, f"must be words of 1 to {MAX_CHARACTERS} characters, separated by commas")
    return Pattern(tuple(tuple(Pattern((character,)) for character in word) for word in words))


def _from_length(source: DatasetSource, text: str) -> Pattern:
    least, _, most = text.partition("-")
    first, last = int(least), int(most or least)
    if not 1 <= first <= last <= MAX_CHARACTERS:
        raise CodeError("length", text, f"must be from 1 to {MAX_CHARACTERS}, as 6 or as 4-8")
    characters = tuple(label for label in source.labelled.labels if len(label) == 1)
    if not characters:
        raise CodeError("length", text, "needs a model whose labels are characters")
    return Pattern(((Pattern(characters),),), first, last)
