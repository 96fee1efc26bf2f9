"""Exchange with the city's own supervision system: tasks in, results back (docs/exchange-inspections.md)."""
