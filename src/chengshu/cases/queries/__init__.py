"""What pages ask about cases."""
