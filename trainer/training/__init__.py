"""The training loop and what it runs on: phases, steps, EMA, checkpoints, processes, precision and progress."""
