"""DEM, a comparator: semantics regressed onto features."""
