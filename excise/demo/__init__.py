"""Demonstration data: businesses of every duty group and a year of their returns."""
