"""Programs that serve models: found, installed, started, watched, switched and ended."""
