"""RelationNet, a comparator: a network that relates features and classes."""
