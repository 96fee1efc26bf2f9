"""The password rules of handbook section 11."""
