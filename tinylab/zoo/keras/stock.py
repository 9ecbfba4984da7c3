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
        "Add", "Clip", "Divide", "Elu", "Exp", "Gelu", "HardSigmoid", "HardSilu", "LeakyRelu",
        "Maximum", "Minimum", "Multiply", "Relu", "Relu6", "Selu", "Sigmoid", "Silu", "Softmax",
        "Softplus", "Subtract", "Tanh", "TFOpLambda", "TrueDivide",
    }
)  # fmt: skip
"""Operations on tensors that are read: `x * 2.0`, `keras.ops.relu(x)`. Keras 2: TFOpLambda."""
LAYERS = frozenset(
    {
        "Activation", "Average", "AveragePooling1D", "AveragePooling2D", "BatchNormalization",
        "Conv1D", "Conv2D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "ELU", "Flatten",
        "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D",
        "GlobalMaxPooling2D", "InputLayer", "LeakyReLU", "MaxPooling1D", "MaxPooling2D",
        "Normalization", "ReLU", "Rescaling", "Reshape", "SeparableConv1D", "SeparableConv2D",
        "ZeroPadding1D", "ZeroPadding2D",
    }
)  # fmt: skip
"""Layers that are read, besides these two."""
READ = LAYERS | OPERATIONS | TRAINING_ONLY
NOT_READ = frozenset(
    {
        "AbstractRNNCell", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D",
        "AdaptiveMaxPooling3D", "AdditiveAttention", "Attention", "AutoContrast",
        "AveragePooling3D", "Bidirectional", "CategoryCrossing", "CategoryEncoding", "CenterCrop",
        "ClassMethod", "Concatenate", "ContrastLimitedAdaptiveHistogramEqualization",
        "Conv1DTranspose", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D",
        "ConvLSTM2D", "ConvLSTM3D", "Cropping1D", "Cropping2D", "Cropping3D", "CuDNNGRU",
        "CuDNNLSTM", "DenseFeatures", "Discretization", "Dot", "EinsumDense", "Embedding",
        "Equalization", "Exponential", "FlaxLayer", "GRU", "GRUCell", "GetItem",
        "GlobalAveragePooling3D", "GlobalMaxPooling3D", "GroupNormalization",
        "GroupQueryAttention", "GroupedQueryAttention", "HashedCrossing", "Hashing",
        "InstanceMethod", "IntegerLookup",
        "JaxLayer", "LSTM", "LSTMCell", "LayerNormalization", "LocallyConnected1D",
        "LocallyConnected2D", "Masking", "Matmul", "MaxNumBoundingBoxes", "MaxPooling3D", "Mean",
        "MelSpectrogram", "MultiHeadAttention", "Negative", "PReLU", "Permute", "Pipeline",
        "RMSNormalization", "RNN", "RandomCrop", "RandomFourierFeatures", "RepeatVector",
        "Resizing", "ReversibleEmbedding", "STFTSpectrogram", "SeparableConvolution1D",
        "SimpleRNN", "SimpleRNNCell", "SlicingOpLambda", "Solarization", "SpectralNormalization",
        "StackedRNNCells", "StringLookup", "SyncBatchNormalization", "TFSMLayer",
        "TensorFlowOpLayer", "TextVectorization", "ThresholdedReLU", "TimeDistributed",
        "TorchModuleWrapper", "UnitNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D",
        "Wrapper", "ZeroPadding3D",
    }
)  # fmt: skip
"""The other layers of Keras 1 to 3, and operations that an .h5 file may name without a module."""
STOCK = READ | NOT_READ
PACKAGES = frozenset({"keras", "tf_keras", "tensorflow", "builtins"})
"""The packages of Keras' own classes; an .h5 file mostly names none."""
