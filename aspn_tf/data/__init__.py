"""A benchmark in memory, and files of rows."""
