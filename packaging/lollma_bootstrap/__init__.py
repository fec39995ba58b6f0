"""Makes .venv, installs the app into it and starts it. Standard library only."""
