"""The specification of a data set: the parameters that its index and all its shards share."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator

from latent.philox import MAX_SEED
from latent.spec import NOISE_LIMIT, ComposedText
from service.datasets import shard_path
from service.datasets.bundled_texts import ENGLISH
from service.datasets.corpora import ID_PATTERN
from service.datasets.line_parameters import LineParameters
from service.datasets.page_parameters import PAGE_PARAMETERS, PageParameters
from service.datasets.paper_parameters import PaperParameters
from service.datasets.whole_numbers import read_exponents
from service.imaging.paper.style import DEGRADATIONS, PaperKind

MAX_SAMPLES = 10**9

LINE_PARAMETERS = ("pattern", "words", "length", "corpus")
"""The parameters of which one says what lines are written of."""

OF_LINES = (
    "masks",
    *LINE_PARAMETERS,
    "texts_per_line",
    "case",
    "digits",
    "punctuation",
    "style",
    "paper",
    *DEGRADATIONS,
)
"""The parameters that sets of single glyphs do not have."""


OF_PAGES = ("texts_per_page", *PAGE_PARAMETERS)
"""The parameters that only sets of pages have."""

SampleKind = Literal["glyphs", "lines", "pages"]


class _SetSize(BaseModel):
    n: int = Field(60_000, ge=1, le=MAX_SAMPLES, description="Samples of the whole data set.")
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    size: int = Field(1000, ge=1, description="Samples per shard.")


class DatasetSpec(PageParameters, PaperParameters, LineParameters, _SetSize):
    """The parameters of a data set. Further ones are codes: a fixed value, `c3=0.5`, or a range, `c2=-1..1`."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    _exponents = model_validator(mode="before")(read_exponents)

    labels: ComposedText | None = Field(
        None,
        min_length=1,
        description='Labels to draw, separated by commas; by default all. A label with a comma is quoted: `"a,b",c`.',
    )
    balance: ComposedText = Field(
        "uniform",
        description=(
            "`uniform`: all labels equally often, exactly; `7:2,1:0.5`: by these weights; `corpus:31415`: as often as "
            'in this text. A label with a comma is quoted with its weight: `"a,b:2",c:1`.'
        ),
    )
    truncation: float | None = Field(
        None, gt=0, le=NOISE_LIMIT, description="Bound of the noise, in standard deviations."
    )
    height: int | None = Field(
        None, ge=4, le=1024, description="Height of a picture in pixels; by default the model's."
    )
    scale: int | None = Field(
        None, ge=1, le=16, description="How often every pixel is repeated, each way; instead of `height`."
    )
    invert: bool = Field(False, description="Dark ink on a light background.")
    min_confidence: float | None = Field(
        None,
        ge=0,
        le=0.999,
        description=(
            "Least probability that the verifier must give the label, else the sample is drawn again. By default 0.9 "
            "if the model has a verifier; 0 verifies nothing."
        ),
    )
    verifier: str | None = Field(
        None,
        pattern="^[0-9a-f]{12}$",
        description="Digest of the verifier, as in the URLs of the index; the request is refused if it is another one.",
    )

    kind: SampleKind | None = Field(
        None,
        description="What a sample is: a glyph, a line, or a page of lines; if left out, a line where texts are named.",
    )
    pattern: ComposedText | None = Field(
        None,
        min_length=1,
        max_length=200,
        description=r"Lines of text that match this pattern: `\d{4}-\d{2}-\d{2}`, `(no|[a-f]?)`.",
    )
    words: ComposedText | None = Field(
        None,
        min_length=1,
        description='Lines of one of these words each, by commas. A word with a comma is quoted: `"1,234",5`.',
    )
    length: str | None = Field(
        None,
        pattern=r"^[0-9]{1,3}(-[0-9]{1,3})?$",
        description="Lines of this many random characters of the model: `4-8`.",
    )
    corpus: str | None = Field(
        None,
        pattern=f"{ID_PATTERN}|^{ENGLISH}$",
        description=(
            "Lines of one text each of this corpus, by the id that `/corpora` gave; or `english`, some 11,000 common "
            "words that are bundled. Models that draw letters write of these where nothing else is named; then, "
            "`case`, `digits` and `punctuation` have other defaults."
        ),
    )
    texts_per_line: str | None = Field(
        None,
        pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?$",
        description=(
            "Texts on a line, with spaces between them: `3`, or `2-5`; if it is left out, 1, and on pages of bundled "
            "words `2-6`."
        ),
    )
    texts_per_page: str = Field(
        "4-16",
        pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?$",
        description="Texts on a page, each from a line of its own on: `8`, or `4-16`; as many of them as it holds.",
    )
    case: ComposedText | None = Field(
        None,
        min_length=1,
        description=(
            "How texts are written: `as-is`, `lower`, `title`, `upper`, or a mix by weights; bundled words are "
            "`lower:6,title:3,upper:1` if it is left out, others as they are."
        ),
    )
    digits: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of texts in whose place a number is written; 0.1 for bundled words, else 0.",
    )
    punctuation: float | None = Field(
        None, ge=0, le=1, description="Share of texts that get punctuation marks; 0.1 for bundled words, else 0."
    )
    style: str | None = Field(
        None, min_length=1, description="One hand for all lines: the numbers of the model's noise `style`, by commas."
    )
    paper: PaperKind = Field("clean", description="What lines are written on; other than clean: dark on light.")
    masks: bool = Field(
        False,
        description="Give each line a second picture: a pixel is the number, from 1, of the character whose ink it is.",
    )

    @property
    def sample_kind(self) -> SampleKind:
        """What a sample is."""
        return self.kind or ("lines" if any(getattr(self, name) is not None for name in LINE_PARAMETERS) else "glyphs")

    @classmethod
    def parameters(cls) -> list[str]:
        """The names of the parameters, without codes."""
        return list(cls.model_fields)

    def query_string(self, **changes: str | None) -> str:
        """The spec as the query of a URL: the parameters that differ from their defaults, sorted by name.

        `changes` replace parameters; None leaves one out.
        """
        return urlencode(sorted(self._as_text(**changes).items()), safe=":,.")

    def path_options(self, **changes: str | None) -> str:
        """The spec as a segment of a URL's path, see `shard_path`: `n`, `seed`, `size`, and what `query_string` has."""
        always = {name: str(getattr(self, name)) for name in ("n", "seed", "size")}
        return shard_path.encode_options(always | self._as_text(**changes))

    def _as_text(self, **changes: str | None) -> dict[str, str]:
        given = {**self.model_dump(mode="json", exclude_defaults=True), **changes}
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in given.items()
            if value is not None
        }
