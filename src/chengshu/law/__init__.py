"""The law as dated data (法律规范): what applied on which day, and how periods are counted."""
