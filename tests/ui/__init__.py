"""Tests of the page frame and the components."""
