"""The classes of Keras itself, which are not custom code: those that are read, and others."""

from __future__ import annotations

TRAINING_ONLY = frozenset(
    {
        "ActivityRegularization", "AlphaDropout", "AugMix", "CutMix", "Dropout", "GaussianDropout",
        "GaussianNoise", "Identity", "MixUp", "RandAugment", "RandomBrightness",
        "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform",
        "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight",
        "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation",
        "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth",
        "RandomZoom", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    }
)  # fmt: skip
"""Layers that do nothing at inference."""
OPERATIONS = frozenset(
    {
        "Absolute", "Add", "Ceil", "Clip", "Cos", "Divide", "Elu", "Erf", "Exp", "Floor", "Gelu",
        "HardSigmoid", "HardSilu", "LeakyRelu", "Log", "LogSoftmax", "Maximum", "Minimum",
        "Multiply", "Negative", "Power", "Reciprocal", "Relu", "Relu6", "Rsqrt", "Selu", "Sigmoid",
        "Sign", "Silu", "Sin", "Softmax", "Softplus", "Sqrt", "Square", "Subtract", "Tanh",
        "TFOpLambda", "TrueDivide",
    }
)  # fmt: skip
"""Operations on tensors that are read: `x * 2.0`, `keras.ops.relu(x)`. Keras 2: TFOpLambda."""
LAYERS = frozenset(
    {
        "Activation", "Average", "AveragePooling1D", "AveragePooling2D", "BatchNormalization",
        "Bidirectional", "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose",
        "Cropping1D", "Cropping2D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "ELU",
        "Embedding", "Flatten", "GRU", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "InputLayer", "LSTM", "LayerNormalization",
        "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "Normalization", "PReLU", "Permute", "ReLU",
        "RepeatVector", "Rescaling", "Reshape", "SeparableConv1D", "SeparableConv2D", "SimpleRNN",
        "TimeDistributed", "UpSampling1D", "UpSampling2D", "ZeroPadding1D", "ZeroPadding2D",
    }
)  # fmt: skip
"""Layers that are read, besides these two."""
READ = LAYERS | OPERATIONS | TRAINING_ONLY
NOT_READ = frozenset(
    {
        "AbstractRNNCell", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D",
        "AdaptiveMaxPooling3D", "AdditiveAttention", "Attention", "AutoContrast",
        "AveragePooling3D", "CategoryCrossing", "CategoryEncoding", "CenterCrop", "ClassMethod",
        "ContrastLimitedAdaptiveHistogramEqualization", "Conv3D", "Conv3DTranspose", "ConvLSTM1D",
        "ConvLSTM2D", "ConvLSTM3D", "Cropping3D", "CuDNNGRU", "CuDNNLSTM", "DenseFeatures",
        "Discretization", "Dot", "EinsumDense", "Equalization", "Exponential", "FlaxLayer",
        "GRUCell", "GetItem", "GlobalAveragePooling3D", "GlobalMaxPooling3D", "GroupNormalization",
        "GroupQueryAttention", "GroupedQueryAttention", "HashedCrossing", "Hashing",
        "InstanceMethod", "IntegerLookup", "JaxLayer", "LSTMCell", "LocallyConnected1D",
        "LocallyConnected2D", "Masking", "Matmul", "MaxNumBoundingBoxes", "MaxPooling3D", "Mean",
        "MelSpectrogram", "MultiHeadAttention", "Pipeline", "RMSNormalization", "RNN",
        "RandomCrop", "RandomFourierFeatures", "Resizing", "ReversibleEmbedding", "STFTSpectrogram",
        "SeparableConvolution1D", "SimpleRNNCell", "SlicingOpLambda", "Solarization",
        "SpectralNormalization", "StackedRNNCells", "StringLookup", "SyncBatchNormalization",
        "TFSMLayer", "TensorFlowOpLayer", "TextVectorization", "ThresholdedReLU",
        "TorchModuleWrapper", "UnitNormalization", "UpSampling3D", "Wrapper", "ZeroPadding3D",
    }
)  # fmt: skip
"""The other layers of Keras 1 to 3, and operations that an .h5 file may name without a module."""
STOCK = READ | NOT_READ
PACKAGES = frozenset({"keras", "tf_keras", "tensorflow", "builtins"})
"""The packages of Keras' own classes; an .h5 file mostly names none."""
