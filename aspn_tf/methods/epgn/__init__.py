"""E-PGN, a comparator: prototypes generated from semantics, by episodes."""
