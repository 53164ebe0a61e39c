"""LATEM, a comparator: several bilinear maps, of which the best one counts."""
