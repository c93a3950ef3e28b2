"""The version of the client."""

VERSION = "0.1.0"
"""That of the service that it was released with."""
