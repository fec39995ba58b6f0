"""Whose folder a model was found in."""

from enum import StrEnum


class ModelSource(StrEnum):
    """The program that keeps models there, by its own name."""

    OWN = "LoLLMa"
    FOLDER = "Folder"
    LM_STUDIO = "LM Studio"
    JAN = "Jan"
    GPT4ALL = "GPT4All"
    TEXTGEN = "TextGen"
    KOBOLDCPP = "KoboldCpp"
    LLAMA_CPP = "llama.cpp"
    HUGGING_FACE = "Hugging Face"
    OLLAMA = "Ollama"
