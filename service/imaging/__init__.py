"""Images uint8 -> grids, lines of text and files, and back."""
