"""The commands of `python -m trainer`, a file each: `add` declares its arguments, `run` does it."""
