"""Rules that hold for every request, one a file; the app lists them once for both paths."""
