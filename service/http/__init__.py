"""What speaks HTTP: requests become plans, plans become responses, errors become problems."""
