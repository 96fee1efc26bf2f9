"""Pages of penalty cases."""
