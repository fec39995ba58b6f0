"""Builds what people download: one script a system stands beside this folder."""

import sys
from pathlib import Path

# The app itself is asked too: the scripts start with packaging/ as the only folder of the checkout.
sys.path.append(str(Path(__file__).resolve().parents[2]))
