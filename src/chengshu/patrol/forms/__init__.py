"""Forms of patrols."""
