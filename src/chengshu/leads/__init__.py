"""The loop: lead → dispatch → handling → verification → closing (发现、立案、派遣、处置、核查、结案、评价)."""
