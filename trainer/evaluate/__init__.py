"""Quality of a generator, measured: one metric a file."""
