"""Samples of one glyph each: sample i of a seed is the image that `/generate` gives for its index and its label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, CodeError, codes, philox
from latent.codes import Latents
from service.datasets import balance, code_ranges
from service.datasets.balance import Balance
from service.datasets.code_ranges import CodeRanges
from service.datasets.postprocess import output_pixels, postprocess
from service.datasets.rejection_sampling import Propose, SampledGlyphs
from service.datasets.sample import Sample
from service.datasets.source import DatasetSource
from service.datasets.spec import OF_LINES, OF_PAGES, DatasetSpec
from service.imaging.arrays import pictures


@dataclass(frozen=True)
class GlyphSamples:
    """The samples of a data set of single glyphs."""

    source: DatasetSource
    spec: DatasetSpec
    balance: Balance
    ranges: CodeRanges

    @classmethod
    def create(cls, source: DatasetSource, spec: DatasetSpec) -> GlyphSamples:
        """The samples of a spec.

        Raises:
            CodeError: a value that does not fit the model.
        """
        for name in (*OF_LINES, *OF_PAGES):
            if getattr(spec, name) != DatasetSpec.model_fields[name].default:
                of = "pages" if name in OF_PAGES else "lines"
                raise CodeError(name, getattr(spec, name), f"is of sets of {of} only")
        ranges = code_ranges.parse(source.latent, spec.model_extra or {}, spec.parameters())
        return cls(source, spec, balance.parse(source.labelled, spec.labels, spec.balance), ranges)

    @property
    def charset(self) -> tuple[str, ...]:
        """Every label of the model, in the order of their numbers."""
        return self.source.labelled.labels

    @property
    def num_classes(self) -> int:
        """How many classes the labels are."""
        return len(self.charset)

    @property
    def version(self) -> str:
        """What decides the pictures besides glyphs and parameters: nothing."""
        return ""

    @property
    def pixels_per_sample(self) -> int:
        """Pixels of a sample's picture, in all channels."""
        image = self.source.card.image
        return image.channels * output_pixels(image.height, image.width, self.spec)

    def proposal(self, indices: range) -> tuple[NDArray[np.intp], Propose]:
        """The labels of these samples' glyphs, one glyph each, and what proposes their latents."""
        labels = self.balance.draw(self.spec.seed, indices)

        def propose(glyphs: NDArray[np.intp], attempt: int) -> Latents:
            key = philox.stream(self.spec.seed, attempt)
            samples = (glyphs + indices.start).tolist()
            latents = codes.draw(self.source.latent, key, samples, self.spec.truncation)
            code_ranges.apply(self.source.latent, latents, self.ranges)
            columns = self.source.latent.slices[self.source.labelled.name]
            latents[:, columns] = np.eye(self.source.labelled.size, dtype=np.float32)[labels[glyphs]]
            return latents

        return labels, propose

    def samples(self, indices: range, glyphs: SampledGlyphs) -> list[Sample]:
        """The samples of these indices, made from their glyphs."""
        columns = self.source.latent.slices[self.source.labelled.name]
        classes = glyphs.latents[:, columns].argmax(axis=1).tolist()
        charset, version, seed = self.charset, self.source.version, json_seed(self.spec.seed)
        codepoints_of = [codepoints(label) for label in charset]
        samples = []
        for i, picture, class_index, facts in zip(
            indices, pictures(glyphs.images), classes, glyph_facts(self.source, glyphs), strict=True
        ):
            label = charset[class_index]
            facts = {
                "label": label,
                "codepoints": codepoints_of[class_index],
                "seed": seed,
                "index": i,
                "model": version,
                **facts,
            }
            samples.append(Sample(f"{i:09d}", postprocess(picture, self.spec), label, class_index, facts))
        return samples


def json_seed(seed: int) -> int | str:
    """A seed as JSON: from 2**63 on as text, because readers take a whole number for a signed one of 64 bits."""
    return seed if seed < 2**63 else str(seed)


def codepoints(text: str) -> list[str]:
    """The Unicode code point of every character, such as `U+0041`."""
    return [f"U+{ord(character):04X}" for character in text]


def glyph_facts(source: DatasetSource, glyphs: SampledGlyphs) -> list[dict[str, object]]:
    """What is known of each glyph: its codes and, if there is a verifier, its attempt and what the verifier read."""
    columns = {
        code.name: _code_values(code, glyphs.latents[:, source.latent.slices[code.name]])
        for code in source.latent.codes
    }
    rows: list[dict[str, object]] = [
        {"codes": dict(zip(columns, values, strict=True))} for values in zip(*columns.values(), strict=True)
    ]
    if glyphs.probabilities is None or source.verifier is None:
        return rows
    labels, verifier = source.labelled.labels, source.verifier.version
    likeliest = glyphs.probabilities.argmax(axis=1)
    verified = zip(
        glyphs.attempts.tolist(),
        likeliest.tolist(),
        _decimals(glyphs.probabilities[np.arange(len(likeliest)), likeliest]),
        glyphs.accepted.tolist(),
        strict=True,
    )
    for row, (attempt, class_index, confidence, accepted) in zip(rows, verified, strict=True):
        row |= {
            "attempt": attempt,
            "verifier": verifier,
            "reading": labels[class_index],
            "confidence": confidence,
            "accepted": accepted,
        }
    return rows


def _code_values(variable: object, latents: Latents) -> list[int] | list[float]:
    """The value of one code in each row: a category's number, or the code itself."""
    if isinstance(variable, Categorical):
        values: list[int] = latents.argmax(axis=1).tolist()
        return values
    return _decimals(latents[:, 0])


def _decimals(numbers: NDArray[np.float32]) -> list[float]:
    """Each float32 as the float that prints as its shortest decimal."""
    decimals: list[float] = numbers.astype(np.str_).astype(np.float64).tolist()
    return decimals
