"""SJE, a comparator: one bilinear map, the hardest violator alone."""
