"""What a model file is for, in a person's words."""

from lollma_gui.core.model_info import ModelKind

KIND_WORDS = {
    ModelKind.TEXT: "Text model",
    ModelKind.EMBEDDING: "Embedding model",
    ModelKind.PROJECTOR: "Vision projector (mmproj)",
    ModelKind.ADAPTER: "LoRA adapter",
    ModelKind.VOCABULARY: "Vocabulary only",
    ModelKind.OTHER: "Other",
}
