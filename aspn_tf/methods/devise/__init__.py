"""DeViSE, a comparator: one bilinear map, every violator of a margin."""
