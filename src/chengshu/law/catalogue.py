"""The shipped catalogue of the law, read once."""

from __future__ import annotations

from functools import lru_cache

from chengshu.law.collection import Catalogue, LawProblem
from chengshu.law.load import load

__all__ = ["Catalogue", "LawProblem", "catalogue"]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The law under ``data/``. Raises :class:`~chengshu.law.load.CatalogueProblem` if it is faulty."""
    return load()
