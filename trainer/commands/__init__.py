"""The commands of `python -m trainer`, a file each: `add` declares the arguments, `run` runs the command.

`arguments`, `console` and `run_selection` are what they share or are made of.
"""
