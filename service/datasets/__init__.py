"""Labelled data sets by the shard: (model, spec, shard number) -> bytes, a pure function. One file per format."""
