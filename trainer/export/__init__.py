"""Export: from a run's checkpoint to the files that are served, calibrated, aligned, written and checked."""
