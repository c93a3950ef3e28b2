"""Headers that restrict what browsers do with a response."""

from __future__ import annotations

from service.http.policies.policy import Policy


class SecurityHeaders(Policy):
    """Browsers must not guess content types, frame responses in other sites' pages, or send referrers."""

    headers = (
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
    )
