"""From a checkpoint to the files that ship: calibrate, align, write and verify."""
