"""What can happen: one function per thing."""
