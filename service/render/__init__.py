"""uint8 images in, bytes of a file format out. Pure functions that know nothing of HTTP."""
