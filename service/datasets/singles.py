"""Samples of one glyph each: sample i of a seed is the image that `/generate` draws for it, of the label it got."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, codes, philox
from latent.codes import Latents
from service.datasets import balance, ranges
from service.datasets.balance import Balance
from service.datasets.postprocess import finish, pixels
from service.datasets.ranges import Ranges
from service.datasets.rejection_sampling import Drawn, Propose
from service.datasets.sample import Sample
from service.datasets.source import Source
from service.datasets.spec import Query
from service.imaging.arrays import pictures


@dataclass(frozen=True)
class Singles:
    """What a set of single glyphs holds."""

    source: Source
    query: Query
    balance: Balance
    ranges: Ranges

    @classmethod
    def parse(cls, source: Source, query: Query) -> Singles:
        """What `query` asks of `source`.

        Raises:
            CodeError: a value that does not fit the model.
        """
        found = ranges.parse(source.spec, query.model_extra or {}, query.parameters())
        return cls(source, query, balance.parse(source.labelled, query.labels, query.balance), found)

    @property
    def charset(self) -> tuple[str, ...]:
        """Every label of the model, in the order of their numbers."""
        return self.source.labelled.labels

    @property
    def classes(self) -> int:
        """How many numbers labels have."""
        return len(self.charset)

    @property
    def pixels(self) -> int:
        """Pixels of a sample's picture, all channels."""
        image = self.source.card.image
        return image.channels * pixels(image.height, image.width, self.query)

    def glyphs(self, indices: range) -> tuple[NDArray[np.intp], Propose]:
        """The glyphs of these samples: one each."""
        values = self.balance.draw(self.query.seed, indices)

        def propose(glyphs: NDArray[np.intp], attempt: int) -> Latents:
            key = philox.stream(self.query.seed, attempt)
            samples = (glyphs + indices.start).tolist()
            latents = codes.draw(self.source.spec, key, samples, self.query.truncation)
            ranges.apply(self.source.spec, latents, self.ranges)
            at = self.source.spec.slices[self.source.labelled.name]
            latents[:, at] = np.eye(self.source.labelled.size, dtype=np.float32)[values[glyphs]]
            return latents

        return values, propose

    def samples(self, indices: range, drawn: Drawn) -> list[Sample]:
        """The samples of these indices, their glyphs drawn."""
        at = self.source.spec.slices[self.source.labelled.name]
        values = drawn.latents[:, at].argmax(axis=1).tolist()
        known = facts(self.source, drawn)
        charset, version, seed = self.charset, self.source.version, self.query.seed
        points = [codepoints(label) for label in charset]
        samples = []
        for i, picture, value, of_glyph in zip(indices, pictures(drawn.images), values, known, strict=True):
            label = charset[value]
            document = {
                "label": label,
                "codepoints": points[value],
                "seed": seed,
                "index": i,
                "model": version,
                **of_glyph,
            }
            samples.append(Sample(f"{i:09d}", finish(picture, self.query), label, value, document))
        return samples


def codepoints(text: str) -> list[str]:
    """Every character's code point, as Unicode writes it."""
    return [f"U+{ord(character):04X}" for character in text]


def facts(source: Source, drawn: Drawn) -> list[dict[str, object]]:
    """What is known of each glyph: its codes, its attempt, what the verifier read and how sure it was."""
    columns = {variable.name: _column(variable, drawn.latents[:, source.spec.slices[variable.name]])
               for variable in source.spec.codes}  # fmt: skip
    rows: list[dict[str, object]] = [
        {"codes": dict(zip(columns, values, strict=True))} for values in zip(*columns.values(), strict=True)
    ]
    if drawn.probabilities is None or source.reader is None:
        return rows
    labels, verifier, best = source.labelled.labels, source.reader.version, drawn.probabilities.argmax(axis=1)
    read = zip(
        drawn.attempts.tolist(),
        best.tolist(),
        _decimals(drawn.probabilities[np.arange(len(best)), best]),
        drawn.accepted.tolist(),
        strict=True,
    )
    for row, (attempt, value, confidence, accepted) in zip(rows, read, strict=True):
        row |= {
            "attempt": attempt,
            "verifier": verifier,
            "reading": labels[value],
            "confidence": confidence,
            "accepted": accepted,
        }
    return rows


def _column(variable: object, part: Latents) -> list[int] | list[float]:
    """A code of each row."""
    if isinstance(variable, Categorical):
        values: list[int] = part.argmax(axis=1).tolist()
        return values
    return _decimals(part[:, 0])


def _decimals(numbers: NDArray[np.float32]) -> list[float]:
    """The shortest decimal that is each float32."""
    decimals: list[float] = numbers.astype(np.str_).astype(np.float64).tolist()
    return decimals
