"""Training: the state of a run, its phases, the loop over its steps, and what it writes."""
