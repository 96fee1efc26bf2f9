"""检查: random draws anyone can verify, checklists, results, publication."""
