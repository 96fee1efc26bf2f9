"""What one can ask of the registry: lists, search, map, the object's file."""
