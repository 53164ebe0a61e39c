"""CategoryAttention, the paper's category attentive network (Section 3.3)."""

import keras
from keras import ops

from aspn_tf.errors import InputError

ROLES = ("mix", "original")


@keras.saving.register_keras_serializable(package="aspn_tf")
class CategoryAttention(keras.layers.Layer):
    """Lets every generated feature look at the others of its batch.

    Eq. 5 scores how much output i heeds feature j, k_ij = f(x_i) g(x_j)^T, and
    normalises the weights W of one output to sum to 1. Eq. 6 mixes:
    t_i = sum_j W_ij x_j and o_i = alpha t_i + (1 - alpha) x_i.

    The paper prints the sum of Eq. 5 over i and calls it a row softmax; f and
    g only swap names between the two, so the row softmax stands here.

    The batch is what the layer is called with: under a `tf.distribute`
    strategy a replica's part alone, so that the output depends on how many
    replicas there are. The mix is float32 under every dtype policy; f and g
    compute as the policy says.

    Example:
      >>> attention = CategoryAttention(key_width=512)
      >>> mixed = attention(generated)  # (batch, 2048) -> (batch, 2048)

    Input shape: (batch, width). Output shape: the same.

    Args:
      key_width: width of f and g. The paper writes the features' own width,
        but only a quarter of it gives the parameters of its Table 2.
      role: what alpha weighs. "mix": the attended mix t, Eq. 6 to the letter.
        "original": the feature itself, as the prose has it ("first rely on
        the cues from a certain category, then gradually ...").
      scaled: divides k by sqrt(key_width). Eq. 5 does not.
      initial_alpha: the start of the learnable alpha, 0.9 in the paper. It
        stays within [0, 1].
    """

    def __init__(
        self,
        key_width,
        role="mix",
        scaled=False,
        initial_alpha=0.9,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        if key_width < 1:
            raise InputError(
                f"`key_width` must be positive. Received: key_width={key_width}"
            )
        if role not in ROLES:
            raise InputError(
                f"`role` must be one of {ROLES}. Received: role={role!r}"
            )
        if not 0.0 <= initial_alpha <= 1.0:
            raise InputError(
                "`initial_alpha` must lie in [0, 1]. "
                f"Received: initial_alpha={initial_alpha}"
            )
        self.key_width = key_width
        self.role = role
        self.scaled = scaled
        self.initial_alpha = initial_alpha
        self.f, self.g = (
            keras.layers.Dense(
                key_width, use_bias=False, dtype=self.dtype_policy, name=name
            )
            for name in ("f", "g")
        )

    def build(self, input_shape):
        """Makes f, g and alpha for features (batch, width)."""
        self.f.build(input_shape)
        self.g.build(input_shape)
        self.alpha = self.add_weight(
            name="alpha",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_alpha),
            constraint=_UnitInterval(),
            autocast=False,
        )

    def weights_of(self, features):
        """W of Eq. 5, (batch, batch); every row sums to 1."""
        f, g = (
            ops.cast(projection(features), "float32")
            for projection in (self.f, self.g)
        )
        k = ops.matmul(f, ops.transpose(g))
        if self.scaled:
            k = k / self.key_width**0.5
        return ops.softmax(k, axis=-1)

    def call(self, features):
        """O of Eq. 6, (batch, width)."""
        features = ops.cast(features, "float32")
        mix = ops.matmul(self.weights_of(features), features)
        share = self.alpha if self.role == "mix" else 1.0 - self.alpha
        return share * mix + (1.0 - share) * features

    def compute_output_shape(self, input_shape):
        """The input's shape."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "key_width": self.key_width,
            "role": self.role,
            "scaled": self.scaled,
            "initial_alpha": self.initial_alpha,
        }


class _UnitInterval(keras.constraints.Constraint):
    """[0, 1]; a class, as older versions of Keras take no function."""

    def __call__(self, alpha):
        return ops.clip(alpha, 0.0, 1.0)
