"""The texts of a data set's lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from latent import CodeError, philox
from service.datasets import item_list, pattern
from service.datasets.bundled_texts import ENGLISH, english, english_digest
from service.datasets.corpora import CorpusLookup, TextList
from service.datasets.pattern import MAX_CHOICES, Pattern
from service.datasets.source import DatasetSource
from service.datasets.spec import LINE_PARAMETERS, DatasetSpec
from service.datasets.text_variation import NUMBERS_PER_TEXT, TextVariation
from service.datasets.writer_style import MAX_CHARACTERS, line_charset

# Random streams of a seed: a line's first text, its further ones, and how they vary.
_STREAM, _VARIATION_STREAM, _FURTHER_TEXTS = 2**36, 2**38, 2**38
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
    """Draws the text of every line. `version` names the bundled texts, if they are drawn from."""

    texts: Texts
    variation: TextVariation
    version: str = ""

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec, find_corpus: CorpusLookup) -> TextSampler:
        """The texts of a spec of lines.

        Raises:
            CodeError: more than one of `LINE_PARAMETERS`, or none where the model does not draw letters; a text too
                long, an unknown corpus, or characters that cannot be drawn.
        """
        field, value = _named_texts(source, spec)
        is_bundled = (field, value) == ("corpus", ENGLISH)
        texts: Texts
        match field:
            case "pattern":
                texts = pattern.parse(value, MAX_CHARACTERS)
            case "words":
                texts = _from_words(value)
            case "length":
                texts = _from_length(source, value)
            case _:
                texts = english() if is_bundled else find_corpus(value)
        known = line_charset(source)
        variation = _variation(spec, is_bundled, known)
        unknown = sorted(variation.alphabet(texts.alphabet) - set(known))
        if unknown:
            if set(texts.alphabet) <= set(known):
                field, value = "case", str(spec.case)
            drawable = "".join(known)
            listed = ", ".join([*map(repr, unknown[:_LISTED]), *(["..."] if len(unknown) > _LISTED else [])])
            raise CodeError(field, value, f"nothing here draws {listed}; there are {drawable!r}")
        return cls(texts, variation, f"{ENGLISH} {english_digest()}" if is_bundled else "")

    @property
    def alphabet(self) -> set[str]:
        """Every character that a line can have."""
        return self.variation.alphabet(self.texts.alphabet)

    @property
    def longest(self) -> int:
        """Characters of the longest line."""
        return self.variation.longest(self.texts.longest)

    def draw(self, seed: int, indices: Sequence[int]) -> list[str]:
        """The texts of these lines."""
        rows = [philox.uniforms(philox.stream(seed, _STREAM), indices, MAX_CHOICES)]
        if self.variation.is_trivial:
            return [self.texts.draw(iter(row.tolist()).__next__) for row in rows[0]]
        further = range(1, self.variation.most)
        rows += [philox.uniforms(philox.stream(seed, _FURTHER_TEXTS + k), indices, MAX_CHOICES) for k in further]
        width = 1 + NUMBERS_PER_TEXT * self.variation.most
        varied = philox.uniforms(philox.stream(seed, _VARIATION_STREAM), indices, width)

        def line(number: int) -> str:
            def text(k: int) -> str:
                return self.texts.draw(iter(rows[k][number].tolist()).__next__)

            return self.variation.line(text, iter(varied[number].tolist()))

        return [line(number) for number in range(len(indices))]


def _named_texts(source: DatasetSource, spec: DatasetSpec) -> tuple[str, str]:
    """The one of `LINE_PARAMETERS` that says what is written, and its value."""
    given = [name for name in LINE_PARAMETERS if getattr(spec, name) is not None]
    if len(given) > 1:
        raise CodeError(given[1], getattr(spec, given[1]), f"cannot be combined with `{given[0]}`")
    if given:
        return given[0], getattr(spec, given[0])
    if not english().alphabet <= set(line_charset(source)):
        expected = f"needs what is to be written: one of {', '.join(LINE_PARAMETERS)}"
        raise CodeError("kind", spec.kind, expected)
    return "corpus", ENGLISH


def _variation(spec: DatasetSpec, is_bundled: bool, known: Collection[str]) -> TextVariation:
    """How texts vary by the spec, and where it does not say, by the defaults of these texts."""
    case, digits, punctuation = spec.case, spec.digits, spec.punctuation
    if is_bundled:
        case = "lower:6,title:3,upper:1" if case is None else case
        digits = 0.1 if digits is None and set("0123456789") <= set(known) else digits
        punctuation = 0.1 if punctuation is None and set(".,") <= set(known) else punctuation
    per_line = "2-6" if is_bundled and spec.sample_kind == "pages" else "1"
    per_line = spec.texts_per_line or per_line
    return TextVariation.create(case, digits or 0.0, punctuation or 0.0, per_line, known)


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
