"""Services turned into signals and item tables. QtCore and QtGui only, no widgets."""
