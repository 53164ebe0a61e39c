"""From pictures and words about classes to features and semantics."""
