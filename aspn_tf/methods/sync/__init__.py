"""SYNC, a comparator: classifiers of seen classes, synthesized for others."""
