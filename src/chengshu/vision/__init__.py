"""视觉分析: comparing flights, and later video. A plain library; nothing in it needs Django or a database."""
