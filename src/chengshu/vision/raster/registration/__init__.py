"""配准: how far one flight is shifted against the other, and whether to believe it."""

from chengshu.vision.raster.registration.estimate import register, register_pair
from chengshu.vision.raster.registration.field import displacement

__all__ = ["displacement", "register", "register_pair"]
