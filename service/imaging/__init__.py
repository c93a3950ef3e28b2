"""From uint8 images to grids, lines of text and image files, and from image files back to images."""
