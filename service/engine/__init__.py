"""Runs generators: which there are, one session each, and who runs when. Knows nothing of HTTP."""
