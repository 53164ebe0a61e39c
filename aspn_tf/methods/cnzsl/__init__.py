"""CNZSL, a comparator: prototypes from a network normalised over classes."""
