"""One call: the policies are asked as for a request over HTTP, and an exception becomes gRPC's status."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import grpc
from starlette.exceptions import HTTPException

from service.grpc.messages import SERVICE, message_class
from service.grpc.servicer import Procedure
from service.http.exception_handlers import translate
from service.http.policies.policy import PolicyChain
from service.http.problems import ClientDisconnected
from service.http.request_context import RequestContext
from service.http.request_head import Headers, RequestHead

_CODES: dict[int, grpc.StatusCode] = {
    HTTPStatus.BAD_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    HTTPStatus.UNAUTHORIZED: grpc.StatusCode.UNAUTHENTICATED,
    HTTPStatus.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    HTTPStatus.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY: grpc.StatusCode.INVALID_ARGUMENT,
    HTTPStatus.TOO_MANY_REQUESTS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    HTTPStatus.SERVICE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT: grpc.StatusCode.DEADLINE_EXCEEDED,
}

_OF_THE_CONNECTION = {"connection"}  # header fields that mean nothing in HTTP/2


def method_handlers(procedures: dict[str, Procedure], policies: PolicyChain) -> grpc.GenericRpcHandler:
    """The handlers of all procedures, for `grpc.aio.server`."""
    handlers = {
        method.name: grpc.unary_unary_rpc_method_handler(
            _handler(method.name, procedures[method.name], policies),
            request_deserializer=message_class(method.input_type.name).FromString,
            response_serializer=message_class(method.output_type.name).SerializeToString,
        )
        for method in SERVICE.methods
    }
    return grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)


def _handler(name: str, procedure: Procedure, policies: PolicyChain) -> Any:
    async def handle(given: Any, call: Any) -> Any:
        path = f"/{SERVICE.full_name}/{name}"
        head = RequestHead.parse(_headers(call.invocation_metadata()))
        context = RequestContext("POST", path, head, "grpc")
        context.http_version = "2"
        context.route = path
        try:
            policies.on_request(context)
            remaining = call.time_remaining()
            if remaining is not None:
                context.time_limit = min(context.time_limit, context.elapsed + remaining)
            response = await procedure(given, context)
            context.status, context.response_bytes = HTTPStatus.OK, response.ByteSize()
            call.set_trailing_metadata(_metadata(policies.response_headers(context)))
            return response
        except asyncio.CancelledError:
            context.status = ClientDisconnected.status
            raise
        except Exception as error:
            refusal = translate(error, context)
            context.status = refusal.status_code
            return await _abort(call, refusal, policies.response_headers(context))
        finally:
            context.release()
            policies.on_end(context)

    return handle


async def _abort(call: Any, refusal: HTTPException, headers: Headers) -> None:
    own = [(name.lower(), value) for name, value in (refusal.headers or {}).items()]
    metadata = [(name, value) for name, value in own if name not in _OF_THE_CONNECTION]
    code = _CODES.get(refusal.status_code, grpc.StatusCode.INTERNAL)
    await call.abort(code, refusal.detail, (*metadata, *_metadata(headers)))


def _headers(metadata: Any) -> list[tuple[bytes, bytes]]:
    """A call's metadata, which HTTP/2 carries as header fields; the values of `-bin` fields are bytes already."""
    return [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in metadata or ()]


def _metadata(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(), value.decode()) for name, value in headers)
