"""LoLLMa: a desktop control panel for local language models."""

__version__ = "0.1.0"
