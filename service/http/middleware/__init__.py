"""ASGI middleware, one concern a file; plain ASGI, so that no response is buffered."""
