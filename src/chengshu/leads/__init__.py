"""The loop: lead → dispatch → handling → verification → closing (七个环节)."""
