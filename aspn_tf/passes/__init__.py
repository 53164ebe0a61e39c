"""Passes over shards of rows on many machines, by Apache Beam."""
