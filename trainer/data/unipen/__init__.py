"""UNIPEN: real handwriting as pens moved, made into images of characters and words at their place on a line.

A release (Guyon et al., "UNIPEN project of on-line data exchange and recognizer benchmarks", ICPR 1994) passes through
the modules in this order: `release`, `syntax`, `recording`, `samples`, `placement`, `quality`, `ink`, `raster`; and
`characters` and `words` pack the two data sets.
"""

NOTICE = (
    "Trained on UNIPEN train_r01_v07 by The International Unipen Foundation (1999), "
    "https://doi.org/10.5281/zenodo.1195803, available under CC BY 4.0, https://creativecommons.org/licenses/by/4.0/; "
    "its pen trajectories were rendered to pixels, and samples were selected"
)
"""What the licence asks to be said of the data wherever something made of them goes."""
