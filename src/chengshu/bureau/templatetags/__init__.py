"""Template tags of the bureau."""
