"""共同网格: two flights opened, checked and brought onto one grid."""

from chengshu.vision.raster.grid.box import Box
from chengshu.vision.raster.grid.frame import Grid
from chengshu.vision.raster.grid.pair import Pair, Tile, Window, open_pair

__all__ = ["Box", "Grid", "Pair", "Tile", "Window", "open_pair"]
