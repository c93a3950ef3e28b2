"""A query of a model -> its shards; and one shard of them -> bytes."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from latent import CodeError
from service.datasets import rejection_sampling
from service.datasets.formats import registry
from service.datasets.formats.registry import Format
from service.datasets.lines import Lines
from service.datasets.rejection_sampling import Drawn, Run, Verification, draw
from service.datasets.sample import Sample
from service.datasets.singles import Singles
from service.datasets.source import Source
from service.datasets.spec import Query
from service.imaging import png

MOST_SHARDS = 100_000
FLOOR = 0.9
"""The least confidence where none is asked for: of those that a calibrated verifier is just as sure of, nine of ten are
right, and of most it is far surer."""
_TRIED = 256  # samples that tell how many are drawn again


class PastEndError(LookupError):
    """A set has no shard of this number; the message says which it has."""


Aside = Callable[[Callable[[], bytes]], Awaitable[bytes]]
"""Does work in a thread."""


@dataclass(frozen=True)
class Plan:
    """A data set: what it is drawn from, what was asked, and what its samples are."""

    source: Source
    query: Query
    contents: Singles | Lines

    @classmethod
    def of(cls, source: Source, query: Query, most_samples: int, most_pixels: int) -> Plan:
        """The plan of a query; a shard has at most so many samples, and so many pixels.

        Raises:
            CodeError: a value that does not fit the model or the limits.
        """
        if query.size > most_samples:
            raise CodeError("size", query.size, f"must be at most {most_samples} samples a shard")
        if -(-query.n // query.size) > MOST_SHARDS:
            raise CodeError("size", query.size, f"must make at most {MOST_SHARDS} shards of {query.n} samples")
        if query.height is not None and query.scale is not None:
            raise CodeError("scale", query.scale, "must be left out beside `height`")
        if source.reader is None and query.min_confidence:
            raise CodeError("min_confidence", query.min_confidence, "needs a verifier of this model, and there is none")
        if query.verifier and (source.reader is None or query.verifier != source.reader.version.partition("@")[2]):
            there = source.reader.version if source.reader else "none"
            raise CodeError("verifier", query.verifier, f"is not the one here, which is {there}; ask the index anew")
        plan = cls(source, query, (Lines if query.is_lines else Singles).parse(source, query))
        largest = min(query.size, query.n)
        if largest * plan.contents.pixels > most_pixels:
            expected = f"{largest} samples make more than the {most_pixels} pixels of a shard; ask for fewer"
            raise CodeError("size", query.size, expected)
        return plan

    def __len__(self) -> int:
        """How many shards it has."""
        return -(-self.query.n // self.query.size)

    def indices(self, shard: int) -> range:
        """The samples of a shard.

        Raises:
            PastEndError: there is no such shard.
        """
        if not 0 <= shard < len(self):
            raise PastEndError(f"there is no shard {shard}: {self.query.n} samples make shards 0 to {len(self) - 1}")
        return range(shard * self.query.size, min((shard + 1) * self.query.size, self.query.n))

    @property
    def floor(self) -> float:
        """The least confidence asked of the verifier; 0 where nobody reads."""
        if self.query.min_confidence is not None:
            return self.query.min_confidence
        return FLOOR if self.source.reader else 0.0

    @property
    def pinned(self) -> Plan:
        """The same, naming the verifier that is to read."""
        reader = self.source.reader if self.floor else None
        digest = reader.version.partition("@")[2] if reader else None
        return replace(self, query=self.query.model_copy(update={"verifier": digest}))

    def format(self, ending: str) -> Format:
        """The format of an ending.

        Raises:
            CodeError: unknown, or none for such samples.
            MissingError: it cannot be written here.
        """
        return registry.find(ending, self.contents.classes, self.source.card.image.channels)

    def etag(self, shard: int, ending: str, runtime: str) -> str:
        """What a shard's bytes are a function of, digested; `runtime` says what runs the generator."""
        parts = (
            self.source.sha256,
            self.pinned.query.canonical(),
            shard,
            ending,
            self.floor,
            registry.VERSION,
            runtime,
            versions(),
        )
        return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'

    async def draw(self, indices: range, run: Run) -> Drawn:
        """The glyphs of these samples."""
        values, propose = self.contents.glyphs(indices)
        return await draw(values, propose, run, verification(self.source, self.floor))

    async def shard(self, shard: int, ending: str, run: Run, aside: Aside) -> bytes:
        """A shard's bytes; the same ones for the same plan and number, beside whatever else runs.

        Raises:
            PastEndError: there is no such shard.
            CodeError: no such format, or none for such samples.
            MissingError: the format cannot be written here.
            Exception: whatever `run` raises.
        """
        indices, chosen = self.indices(shard), self.format(ending)
        drawn = await self.draw(indices, run)
        return await aside(lambda: chosen.write(self.samples(indices, drawn)))

    async def pairs(self, shard: int, run: Run) -> list[tuple[bytes, str]]:
        """A shard's pictures, as PNG files, and their texts."""
        indices = self.indices(shard)
        return [(sample.png, sample.label) for sample in self.samples(indices, await self.draw(indices, run))]

    @property
    def charset(self) -> bytes:
        """Every label, one a line, in the order of their numbers."""
        return "".join(f"{label}\n" for label in self.contents.charset).encode()

    def document(
        self, accepted: float | None, folder: str = "", ending: str = "tar", search: str = ""
    ) -> dict[str, object]:
        """The set's index: what it is, its shards' names in `folder`, with `search` after each, and how it is read.

        `accepted` is what `accepted` says.
        """
        reader = self.source.reader if self.floor else None
        return {
            "model": self.source.version,
            "query": self.pinned.query.canonical(),
            "n": self.query.n,
            "seed": self.query.seed,
            "charset": self.contents.charset,
            "charset_url": f"{folder}charset.txt{search}",
            "formats": list(registry.ENDINGS),
            "verifier": reader and {"name": reader.version, "accuracy": reader.accuracy},
            "min_confidence": self.floor,
            "accepted": accepted,
            "shards": [
                {"url": f"{folder}{name(number, ending)}{search}", "samples": len(self.indices(number))}
                for number in range(len(self))
            ],
        }

    def samples(self, indices: range, drawn: Drawn) -> list[Sample]:
        """These samples, their glyphs drawn."""
        return self.contents.samples(indices, drawn)

    async def accepted(self, run: Run) -> float | None:
        """The share of the first samples that the verifier accepts at the first attempt; None where nobody reads."""
        if not self.floor:
            return None
        drawn = await self.draw(range(min(self.query.n, _TRIED)), run)
        return drawn.first


def verification(source: Source, floor: float = FLOOR) -> Verification | None:
    """How what is drawn from `source` is read, for so much confidence; None where nobody reads."""
    return Verification(source.reader.read, floor) if source.reader and floor else None


def name(shard: int, ending: str) -> str:
    """What a shard's file is called."""
    return f"shard-{shard:06d}.{ending}"


@cache
def versions() -> str:
    """What makes samples beside the generator: another version or machine may give other bytes."""
    own = f"drawing {rejection_sampling.VERSION} png {png.VERSION}"
    return " ".join([platform.machine(), own, *(f"{name} {_version(name)}" for name in _MAKERS)])


_MAKERS = ("inkcode", "numpy", "pillow", "pyarrow", "zlib-ng")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"
