"""The models that `layer_samples` makes; importable without TensorFlow."""

KERAS_ONLY = {
    "selu",  # LiteRT has no such operator: GREATER, SELECT_V2
    "softplus",  # EXP, ADD, LOG
    "silu",  # LOGISTIC, MUL
    "elu_with_alpha",
    "relu_with_slope",
    "operations",
}
"""Models whose .tflite form has operators that are not read."""
NAMES = (
    "leaky", "elu", "elu_with_alpha", "relu_with_slope", "leaky_relu", "selu", "silu", "gelu",
    "hard_silu", "softplus", "exponential", "operations",
)  # fmt: skip
