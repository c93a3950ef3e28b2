"""HTTP in, HTTP out: thin translation to the engine and back, one file a path."""
