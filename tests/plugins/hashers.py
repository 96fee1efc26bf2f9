"""Passwords hashed by the same method as in use, with the least effort it allows."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 that takes a millisecond: what it protects here is known anyway."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
