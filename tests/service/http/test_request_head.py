"""What is read of a request's headers."""

from __future__ import annotations

import pytest

from service.http.request_head import RequestHead


def test_a_head_without_headers_says_nothing() -> None:
    assert RequestHead.parse([]) == RequestHead("", "", b"", b"", b"", b"", None, "", "")


def test_each_field_is_read() -> None:
    headers = [
        (b"host", b"x"),
        (b"accept", b"image/png"),
        (b"content-type", b"Application/JSON; charset=utf-8"),
        (b"inkcode-deadline", b"2.5"),
        (b"authorization", b"Bearer abc"),
        (b"x-request-id", b"r-1"),
        (b"origin", b"https://a.example"),
        (b"content-encoding", b" GZIP"),
        (b"accept-encoding", b"gzip, br"),
    ]
    assert RequestHead.parse(headers) == RequestHead(
        "image/png", "application/json", b"2.5", b"Bearer abc", b"r-1", b"https://a.example", b"x", "gzip", "gzip, br"
    )


@pytest.mark.parametrize(
    ("name", "field", "joined"),
    [
        (b"accept", "accept", "a, b"),
        (b"authorization", "authorization", b"a, b"),
        (b"inkcode-deadline", "deadline", b"a, b"),
    ],
)
def test_a_field_on_two_lines_is_one_list(name: bytes, field: str, joined: str | bytes) -> None:
    head = RequestHead.parse([(name, b"a"), (b"host", b"x"), (name, b"b")])
    assert getattr(head, field) == joined


def test_a_body_of_the_coding_identity_is_not_encoded() -> None:
    assert RequestHead.parse([(b"content-encoding", b"Identity")]).content_coding == ""
