"""ALE, a comparator: one bilinear map, violators weighed by rank."""
