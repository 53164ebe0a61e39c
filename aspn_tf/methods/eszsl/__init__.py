"""ESZSL, a comparator: one bilinear map in closed form."""
