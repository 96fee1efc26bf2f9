"""What can happen in inspections."""
