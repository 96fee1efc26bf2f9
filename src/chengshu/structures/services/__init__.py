"""One function for each thing that can happen to an entry of the ledger."""
