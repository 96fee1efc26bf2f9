"""信用: classes A to D, dishonesty entries, repair, and the exchange with the credit office (双公示)."""
