"""uvicorn as this service runs it: the HTTP protocol, its workers, shutdown and polling."""
