"""违法建筑: the ledger of illegal structures, annual tasks, town lights, key plots."""
