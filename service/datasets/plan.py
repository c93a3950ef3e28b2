"""A dataset spec and a model -> the plan of its shards, and the bytes of each shard."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from latent import Categorical, CodeError
from service.datasets import rejection_sampling, shard_path
from service.datasets.corpora import CorpusLookup, no_corpora
from service.datasets.formats import registry
from service.datasets.formats.registry import ShardFormat
from service.datasets.glyphs import GlyphSamples
from service.datasets.lines import LineSamples
from service.datasets.pages import PageSamples
from service.datasets.rejection_sampling import AcceptanceTest, Generate, RunInThread, SampledGlyphs, sample_glyphs
from service.datasets.sample import Sample, Shard
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.imaging.png import PNG_VERSION

MAX_SHARDS = 100_000

DEFAULT_MIN_CONFIDENCE = 0.9
"""The least confidence where the spec gives none. A calibrated verifier is right about nine of ten glyphs of which it
is just this confident, and it is far more confident of most."""

_ACCEPTANCE_SAMPLES = 256  # on which the acceptance rate is measured


class UnknownShardError(LookupError):
    """A data set has no shard of this number; the message says which it has."""


@dataclass(frozen=True)
class DatasetPlan:
    """A data set: its source, its spec, and how its samples are made."""

    source: DatasetSource
    spec: DatasetSpec
    contents: GlyphSamples | LineSamples | PageSamples

    @classmethod
    def create(
        cls,
        source: DatasetSource,
        spec: DatasetSpec,
        max_samples: int,
        max_pixels: int,
        find_corpus: CorpusLookup = no_corpora,
    ) -> DatasetPlan:
        """The plan of a spec. A shard may have at most `max_samples` samples and `max_pixels` pixels.

        Raises:
            CodeError: a value that does not fit the model or the limits.
        """
        if spec.size > max_samples:
            raise CodeError("size", spec.size, f"must be at most {max_samples} samples a shard")
        if -(-spec.n // spec.size) > MAX_SHARDS:
            raise CodeError("size", spec.size, f"must make at most {MAX_SHARDS} shards of {spec.n} samples")
        if spec.height is not None and spec.scale is not None:
            raise CodeError("scale", spec.scale, "cannot be combined with `height`")
        if source.verifier is None and spec.min_confidence:
            raise CodeError("min_confidence", spec.min_confidence, "needs a verifier of this model, and there is none")
        if spec.verifier and (source.verifier is None or spec.verifier != source.verifier.digest):
            present = source.verifier.version if source.verifier else "none"
            raise CodeError("verifier", spec.verifier, f"is not the one here, which is {present}; ask the index anew")
        contents: GlyphSamples | LineSamples | PageSamples
        match spec.sample_kind:
            case "glyphs":
                contents = GlyphSamples.create(source, spec)
            case "lines":
                contents = LineSamples.create(source, spec, find_corpus)
            case "pages":
                contents = PageSamples.create(source, spec, find_corpus)
        plan = cls(source, spec, contents)
        largest = min(spec.size, spec.n)
        if largest * plan.contents.pixels_per_sample > max_pixels:
            most = max_pixels // plan.contents.pixels_per_sample
            expected = f"{largest} samples make more than the {max_pixels} pixels of a shard; at most {most} fit"
            raise CodeError("size", spec.size, expected)
        return plan

    def __len__(self) -> int:
        """The number of shards."""
        return -(-self.spec.n // self.spec.size)

    def indices(self, shard: int) -> range:
        """The indices of a shard's samples.

        Raises:
            UnknownShardError: there is no such shard.
        """
        if not 0 <= shard < len(self):
            raise UnknownShardError(
                f"there is no shard {shard}: {self.spec.n} samples make shards 0 to {len(self) - 1}"
            )
        return range(shard * self.spec.size, min((shard + 1) * self.spec.size, self.spec.n))

    @property
    def min_confidence(self) -> float:
        """The least probability that the verifier must give the label; 0 if nothing is verified."""
        if self.spec.min_confidence is not None:
            return self.spec.min_confidence
        return DEFAULT_MIN_CONFIDENCE if self.source.verifier else 0.0

    @property
    def query_string(self) -> str:
        """The spec as the query of a URL, with the digest of the verifier that is used, which decides the bytes too."""
        return self.spec.query_string(verifier=self._verifier_digest)

    @property
    def path_options(self) -> str:
        """The same as a segment of a URL's path."""
        return self.spec.path_options(verifier=self._verifier_digest)

    @property
    def _software_versions(self) -> str:
        return " ".join(filter(None, (software_versions(), self.contents.version)))

    @property
    def _verifier_digest(self) -> str | None:
        return self.source.verifier.digest if self.source.verifier and self.min_confidence else None

    def format(self, ending: str) -> ShardFormat:
        """The format of the files with this ending.

        Raises:
            CodeError: unknown, or it cannot hold such samples.
            MissingDependencyError: it cannot be written here.
        """
        channels = self.source.card.image.channels
        is_pages = self.spec.sample_kind == "pages"
        return registry.shard_format(ending, self.contents.num_classes, channels, self.spec.masks, is_pages)

    @property
    def endings(self) -> list[str]:
        """The endings of the formats that are for such samples, whether or not they can be written here."""
        return registry.endings(is_pages=self.spec.sample_kind == "pages")

    def digest(self, shard: int, ending: str, runtime: str) -> str:
        """A digest of everything that decides a shard's bytes. `runtime` is the fingerprint of what runs the model."""
        parts = (
            self.source.sha256,
            self.query_string,
            shard,
            ending,
            self.min_confidence,
            registry.format_version(ending),
            runtime,
            self._software_versions,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def set_digest(self, runtime: str) -> str:
        """A digest of everything that decides the bytes of the set's shards in every format, as file names have it."""
        versions = [registry.format_version(ending) for ending in self.endings]
        parts = (self.source.sha256, self.path_options, self.min_confidence, versions, runtime, self._software_versions)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def shard_paths(self, runtime: str, ending: str) -> Callable[[int], str]:
        """The path of each shard, by its number, below the path of all data sets."""
        folder, set_digest = f"{self.source.version}/{self.path_options}", self.set_digest(runtime)
        return lambda number: f"{folder}/{shard_path.file_name(set_digest, number, ending)}"

    async def sample_glyphs(self, indices: range, generate: Generate, run_in_thread: RunInThread) -> SampledGlyphs:
        """The glyphs of these samples."""
        labels, propose = await run_in_thread(lambda: self.contents.proposal(indices))
        test = acceptance_test(self.source, self.min_confidence)
        return await sample_glyphs(labels, propose, generate, test, run_in_thread)

    def samples(self, indices: range, glyphs: SampledGlyphs) -> list[Sample]:
        """These samples, made from their glyphs."""
        return self.contents.samples(indices, glyphs)

    async def shard(self, shard: int, ending: str, generate: Generate, run_in_thread: RunInThread) -> bytes:
        """The bytes of a shard: always the same for the same plan, number and ending, independent of other requests.

        Raises:
            UnknownShardError: there is no such shard.
            CodeError: no such format, or it cannot hold such samples.
            MissingDependencyError: the format cannot be written here.
            Exception: what `generate` raises.
        """
        indices, format_ = self.indices(shard), self.format(ending)
        glyphs = await self.sample_glyphs(indices, generate, run_in_thread)
        codes = {code.name: int if isinstance(code, Categorical) else float for code in self.source.latent.codes}
        return await run_in_thread(lambda: format_.write(Shard(shard, self.samples(indices, glyphs), codes)))

    async def pairs(self, shard: int, generate: Generate, run_in_thread: RunInThread) -> list[tuple[bytes, str]]:
        """The pictures of a shard, as PNG files, each with its label."""
        indices = self.indices(shard)
        glyphs = await self.sample_glyphs(indices, generate, run_in_thread)
        return [(sample.png, sample.label) for sample in self.samples(indices, glyphs)]

    @property
    def charset(self) -> bytes:
        """Every label on a line of its own, in the order of their numbers."""
        return "".join(f"{label}\n" for label in self.contents.charset).encode()

    async def acceptance_rate(self, generate: Generate, run_in_thread: RunInThread) -> float | None:
        """The share of the first samples that is accepted at the first attempt; None if nothing is verified."""
        if not self.min_confidence:
            return None
        first = range(min(self.spec.n, _ACCEPTANCE_SAMPLES))
        glyphs = await self.sample_glyphs(first, generate, run_in_thread)
        return glyphs.first_acceptance_rate


def acceptance_test(source: DatasetSource, min_confidence: float = DEFAULT_MIN_CONFIDENCE) -> AcceptanceTest | None:
    """The acceptance test of glyphs from `source`; None without a verifier, or for a confidence of 0."""
    if not (source.verifier and min_confidence):
        return None
    return AcceptanceTest(source.verifier.classify, min_confidence, source.verifier.confusable)


def shard_name(shard: int, ending: str) -> str:
    """The file name of a shard."""
    return f"shard-{shard:06d}.{ending}"


@cache
def software_versions() -> str:
    """The machine type and the software, other than the model, that decide the bytes of samples."""
    own = f"drawing {rejection_sampling.SAMPLING_VERSION} png {PNG_VERSION}"
    return " ".join([platform.machine(), own, *(f"{package} {_version(package)}" for package in _PACKAGES)])


_PACKAGES = ("inkcode", "numpy", "pillow", "pyarrow", "zlib-ng")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"
