"""The protocol's messages and its service, from `open_inference.proto` in its compiled form.

They are in a descriptor pool of their own: a client's stubs of the same protocol, imported in the same process, would
otherwise be refused as duplicates. A compiled descriptor, unlike generated code, fits every version of protobuf.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from pydantic import BaseModel

_FILE = Path(__file__).with_name("open_inference.binpb")


def _loaded() -> DescriptorPool:
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(_FILE.read_bytes()).file:
        pool.Add(file)
    return pool


SERVICE: Any = _loaded().FindServiceByName("inference.GRPCInferenceService")
"""The service's descriptor."""

_CLASSES: dict[str, Any] = {
    descriptor.name: GetMessageClass(descriptor) for descriptor in SERVICE.file.message_types_by_name.values()
}


def message(name: str, **fields: Any) -> Any:
    """A message of the protocol."""
    return _CLASSES[name](**fields)


def message_class(name: str) -> Any:
    """A message's class, by the name that the protocol has for it."""
    return _CLASSES[name]


def from_document(name: str, document: BaseModel) -> Any:
    """A document of the data plane as a message of this name: their fields have the same names."""
    return ParseDict(document.model_dump(), message(name))
