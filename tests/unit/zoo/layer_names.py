"""The models that `layer_samples` makes; importable without TensorFlow."""

KERAS_ONLY = {
    "functions",  # the converter has no erf
    "two_outputs",  # the converter writes them in another order
    "lstm",
    "lstm_settings",
    "gru",
    "gru_settings",
    "simple_rnn",
    "bidirectional",
    "stateful",
    "distributed_rows",
}
"""Models whose .tflite form has operators that are not read."""
NAMES = (
    "leaky", "elu", "elu_with_alpha", "relu_with_slope", "leaky_relu", "selu", "silu", "gelu",
    "hard_silu", "softplus", "exponential", "operations", "functions", "log_softmax", "prelu",
    "dilated", "causal", "grouped", "grouped_rows", "transposed", "transposed_rows",
    "transposed_padding", "transposed_rows_padding", "upsampling", "upsampling_rows",
    "cropping", "cropping_rows", "permute", "repeat", "concatenate", "pairs", "softmax_axes",
    "embedding", "embedding_of_integers", "layer_norm", "distributed", "distributed_flatten",
    "distributed_images", "distributed_rows", "two_inputs", "two_outputs", "lstm",
    "lstm_settings", "gru", "gru_settings", "simple_rnn", "bidirectional", "stateful",
)  # fmt: skip
