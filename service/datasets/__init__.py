"""Labelled data by the shard: (model, query, shard number) -> bytes, as a pure function; one file a format."""
