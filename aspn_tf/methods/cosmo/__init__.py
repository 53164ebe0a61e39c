"""COSMO, a comparator: a mixture of two experts behind a gate."""
