"""航拍比对: two orthomosaics, with or without heights, to polygons of what changed."""
