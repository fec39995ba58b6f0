"""Builds what people download: one script a system stands beside this folder."""
