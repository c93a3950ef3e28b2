"""Requests of web pages of other origins (CORS)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from service.http.problem_document import field_error
from service.http.problems import PreflightRefused


class CrossOrigin(CORSMiddleware):
    """Starlette's middleware, whose refusals of preflight requests become problems."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight request."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        detail = bytes(response.body).decode()
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        errors = [field_error("Origin", request_headers["origin"], detail)]
        return PreflightRefused(detail, errors, headers).response()
