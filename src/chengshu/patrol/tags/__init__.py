"""Tags: how they prove that they were read, and what they hold."""
