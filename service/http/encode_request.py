"""The pictures that a body holds: as a file, as base64 or a data URI, as parts of a form, or in JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated
from urllib.parse import unquote_to_bytes

from pydantic import ConfigDict, Field
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field as FormField
from python_multipart.multipart import File, FormParser, parse_options_header

from latent import CodeError
from service.http.json_body import parse_json
from service.http.problem_document import field_error
from service.http.problems import ImageTypeRequired
from service.http.schemas import RequestModel
from service.imaging.decode import FORMATS, PILLOW_FORMATS, is_picture

JSON, FORM, BYTES = "application/json", "multipart/form-data", "application/octet-stream"

OFFERED = (*PILLOW_FORMATS, FORM, JSON)
"""The content types that a refusal names."""

_OF_ONE_FILE = {*PILLOW_FORMATS, "image/jpg", "image/pjpeg", "image/x-png", BYTES, ""}

PictureFile = tuple[str, bytes]
"""The name of the field that held it, and the content of a file."""


class EncodeRequest(RequestModel):
    """Several pictures."""

    model_config = ConfigDict(strict=True)

    images: list[Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]] = Field(
        min_length=1, description=f"Files in base64 or as data URIs, each {', '.join(FORMATS)}."
    )


def read_pictures(content_type: str, body: bytes, most: int) -> list[PictureFile]:
    """The files of a body, `most` at most. A file is known by its first bytes, whatever type it was sent as.

    Raises:
        InvalidJson, RequestValidationError: the body is declared as JSON, and is not the JSON that is expected.
        CodeError: text that is not base64, a form that cannot be parsed, or too many files.
        ImageTypeRequired: another content type, and the body is no picture that is known here.
    """
    kind, options = parse_options_header(content_type)
    if is_picture(body):
        return [("body", body)]
    if kind == JSON.encode():
        texts = parse_json(EncodeRequest, body).images
        _check_number(len(texts), most, "images")
        named = {f"images[{i}]": text.encode(errors="replace") for i, text in enumerate(texts)}
        return [(field, decode_text(field, text)) for field, text in named.items()]
    if kind == FORM.encode():
        return _of_form(options.get(b"boundary", b""), body, most)
    content = _unwrap(body)
    if not is_picture(content) and kind.decode("latin-1") not in _OF_ONE_FILE:
        expected = f"must be one of {', '.join(OFFERED)}"
        shown = kind.decode("latin-1")
        raise ImageTypeRequired(f"Content-Type {expected}", [field_error("Content-Type", shown, expected)])
    return [("body", content)]


def _check_number(number: int, most: int, field: str) -> None:
    if number > most:
        raise CodeError(field, number, f"must be at most {most} images a request")


def _of_form(boundary: bytes, body: bytes, most: int) -> list[PictureFile]:
    """Every part of a form, by its name."""
    files: list[PictureFile] = []

    def add(name: bytes | None, content: bytes) -> None:
        _check_number(len(files) + 1, most, "body")
        files.append(((name or b"body").decode("utf-8", "replace"), _unwrap(content)))

    def add_file(file: File) -> None:
        file.file_object.seek(0)
        add(file.field_name, file.file_object.read())

    def add_field(field: FormField) -> None:
        add(field.field_name, field.value or b"")

    try:
        in_memory = {"MAX_MEMORY_FILE_SIZE": len(body)}
        parser = FormParser(FORM, add_field, add_file, boundary=boundary, config=in_memory)
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise CodeError("body", f"{len(body)} bytes", f"must be {FORM} with the boundary that is declared") from error
    if not files:
        raise CodeError("body", f"{len(body)} bytes", f"must be {FORM} with a picture in each part")
    return files


def _unwrap(content: bytes) -> bytes:
    """A file out of the text that it may be wrapped in; other content as it is."""
    if is_picture(content):
        return content
    try:
        return decode_text("", content)
    except CodeError:
        return content


def decode_text(field: str, text: bytes) -> bytes:
    """Base64, also of the URL alphabet, without padding or with line breaks (RFC 4648), or a data URI (RFC 2397).

    Raises:
        CodeError: neither; its field is `field`.
    """
    data = b"".join(text.split())
    if data[:5].lower() == b"data:":
        header, _, data = data.partition(b",")
        data = unquote_to_bytes(data)
        if not header.lower().endswith(b";base64"):
            return data
    data = data.translate(_URL_ALPHABET).rstrip(b"=")
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except binascii.Error:
        raise CodeError(field, text.decode(errors="replace"), "must be base64") from None


_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
