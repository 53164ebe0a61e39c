"""Cycle-CLSWGAN, a comparator: CLSWGAN with a cycle through semantics."""
