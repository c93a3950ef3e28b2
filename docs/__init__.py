"""The README's pictures and figures, and the command that makes them."""
