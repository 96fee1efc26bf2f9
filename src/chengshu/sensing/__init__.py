"""感知: flights and what their comparison suspects; later cameras. The Django side of ``chengshu.vision``."""
