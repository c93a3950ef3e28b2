"""The messages against the description that clients have of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from tritonclient.grpc import model_config_pb2, service_pb2

from service.grpc import messages

FOLDER = Path(messages.__file__).parent


def test_the_descriptor_is_the_proto_file_compiled(tmp_path: Path) -> None:
    compiled = tmp_path / "compiled.binpb"
    arguments = ["protoc", f"-I{FOLDER}", f"--descriptor_set_out={compiled}", "open_inference.proto"]
    assert protoc.main(arguments) == 0
    shipped = (FOLDER / "open_inference.binpb").read_bytes()
    assert FileDescriptorSet.FromString(compiled.read_bytes()) == FileDescriptorSet.FromString(shipped)


def _theirs(name: str) -> Any:
    for module in (service_pb2, model_config_pb2):
        if name in module.DESCRIPTOR.message_types_by_name:
            return module.DESCRIPTOR.message_types_by_name[name]
    raise LookupError(name)


def _described(descriptor: Any) -> DescriptorProto:
    proto = DescriptorProto()
    descriptor.CopyToProto(proto)
    return proto


def _compare(ours: Any, theirs: Any) -> None:
    others = {field.name: field for field in _described(theirs).field}
    for field in _described(ours).field:
        other = others[field.name]
        assert (field.number, field.type, field.label) == (other.number, other.type, other.label)
    for field in ours.fields:
        other = theirs.fields_by_name[field.name]
        if field.enum_type:
            values = {value.name: value.number for value in field.enum_type.values}
            assert values.items() <= {value.name: value.number for value in other.enum_type.values}.items()
    for nested in ours.nested_types:
        _compare(nested, theirs.nested_types_by_name[nested.name])


@pytest.mark.parametrize("name", list(messages.SERVICE.file.message_types_by_name))
def test_fields_have_the_names_numbers_and_types_of_the_public_protocol(name: str) -> None:
    _compare(messages.SERVICE.file.message_types_by_name[name], _theirs(name))


@pytest.mark.parametrize("method", list(messages.SERVICE.methods), ids=lambda method: method.name)
def test_procedures_are_those_of_the_public_protocol(method: Any) -> None:
    theirs = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods_by_name[method.name]
    assert method.input_type.name == theirs.input_type.name
    assert method.output_type.name == theirs.output_type.name
