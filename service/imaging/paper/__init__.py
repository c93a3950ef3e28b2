"""From clean writing to a picture of it on paper: ruled, scanned or photographed. One degradation a file."""
