"""An inference request as the protocol describes it, its tensors' raw bytes left out.

Sources: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md; and, for the parameters,
github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md and extension_schedule_policy.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, model_validator

from latent import CodeError
from service.json_integer import Integer

_UNSUPPORTED = ("shared_memory_region", "classification")

Vector = Annotated[list[FiniteFloat], Field(fail_fast=True)]
Data = Annotated[
    Annotated[Vector, Tag("flat")] | Annotated[list[Vector], Field(fail_fast=True), Tag("rows")],
    Discriminator(
        lambda data: ("rows" if data and isinstance(data[0], list) else "flat") if isinstance(data, list) else None,
        custom_error_type="data",
        custom_error_message="must be a list of numbers, or of rows of them",
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Parameters(BaseModel):
    """Parameters that are not declared here are accepted and not used."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unsupported(cls, given: Any) -> Any:
        for name in _UNSUPPORTED if isinstance(given, dict) else ():
            if name in given:
                raise CodeError(name, given[name], "this extension is not offered here")
        return given


class InputParameters(_Parameters):
    """Parameters of the input."""

    binary_data_size: Integer | None = Field(
        None, ge=0, description="Bytes of the tensor that follow the JSON object, in place of `data`."
    )


class OutputParameters(_Parameters):
    """Parameters of the output."""

    binary_data: bool | None = Field(None, description="The tensor is to follow the JSON object as bytes.")


class RequestParameters(_Parameters):
    """Parameters of the request."""

    binary_data_output: bool = Field(False, description="`binary_data` of an output that does not say.")
    timeout: Integer | None = Field(
        None, ge=0, le=2**63 - 1, description="Microseconds until the images must be computed; 0 for the service's."
    )


class InputTensor(_Part):
    """Full vectors, row by row or one after another; as JSON, or as bytes beside it: little-endian, row-major."""

    name: Literal["latent"]
    shape: list[Integer] = Field(min_length=2, max_length=2)
    datatype: Literal["FP32"]
    data: Data | None = None
    parameters: InputParameters | None = None

    @property
    def binary_size(self) -> int | None:
        """Bytes of the tensor's raw contents; None where `data` holds it."""
        return self.parameters.binary_data_size if self.parameters else None


class OutputTensor(_Part):
    """What is wanted of the model: it has one output."""

    name: Literal["images"]
    parameters: OutputParameters | None = None


class InferRequest(_Part):
    """Images for latents."""

    id: str | None = Field(None, max_length=256, description="Comes back with the answer.")
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[OutputTensor] | None = Field(None, max_length=1)
    parameters: RequestParameters | None = None
    model_name: str | None = Field(None, description="Not used: the path names the model.")
    model_version: str | None = Field(None, description="Not used: the path names the version.")

    @property
    def wants_binary(self) -> bool:
        """Whether the images are to be answered as bytes."""
        by_default = bool(self.parameters and self.parameters.binary_data_output)
        asked = self.outputs[0].parameters.binary_data if self.outputs and self.outputs[0].parameters else None
        return by_default if asked is None else asked

    def time_limit(self, most: float) -> float:
        """Seconds until the images must be computed: those of `timeout`, and `most` at most."""
        microseconds = self.parameters.timeout if self.parameters else None
        return min(most, microseconds / 1e6) if microseconds else most
