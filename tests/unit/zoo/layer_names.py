"""The models that `layer_samples` makes; importable without TensorFlow."""

KERAS_ONLY = {
    "selu",  # LiteRT has no such operator: GREATER, SELECT_V2
    "softplus",  # EXP, ADD, LOG
    "silu",  # LOGISTIC, MUL
    "elu_with_alpha",
    "relu_with_slope",
    "operations",
    "two_outputs",  # the converter writes them in another order
    "dilated",
    "causal",
    "grouped",
    "grouped_rows",
    "transposed",
    "transposed_rows",
    "upsampling",
    "upsampling_rows",
    "repeat",
    "softmax_axes",
    "embedding",
    "embedding_of_integers",
    "layer_norm",
    "distributed_flatten",
    "lstm",
    "lstm_settings",
    "gru",
    "gru_settings",
    "simple_rnn",
    "bidirectional",
    "stateful",
}
"""Models whose .tflite form has operators that are not read."""
NAMES = (
    "leaky", "elu", "elu_with_alpha", "relu_with_slope", "leaky_relu", "selu", "silu", "gelu",
    "hard_silu", "softplus", "exponential", "operations", "prelu", "dilated", "causal", "grouped",
    "grouped_rows", "transposed", "transposed_rows", "upsampling", "upsampling_rows", "cropping",
    "cropping_rows", "permute", "repeat", "concatenate", "pairs", "softmax_axes", "embedding",
    "embedding_of_integers", "layer_norm", "distributed", "distributed_flatten", "two_inputs",
    "two_outputs", "lstm", "lstm_settings", "gru", "gru_settings", "simple_rnn", "bidirectional",
    "stateful",
)  # fmt: skip
