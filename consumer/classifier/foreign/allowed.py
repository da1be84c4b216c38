"""The tensor operators that an exported program may call: forward inference, each by its name.

None of them returns memory that nobody has filled, draws at random or takes indices on trust.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

_LAYERS = """
    addbmm addmm addmv baddbmm bmm dot einsum linear matmul mm mv
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution
    batch_norm group_norm instance_norm layer_norm rms_norm
    _native_batch_norm_legit_no_training native_group_norm native_layer_norm
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d
    adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
    avg_pool1d avg_pool2d avg_pool3d
    max_pool1d max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices
    alpha_dropout dropout feature_alpha_dropout feature_dropout
    embedding scaled_dot_product_attention
    upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d
    upsample_nearest2d upsample_nearest3d upsample_trilinear3d _upsample_nearest_exact2d
"""
_ACTIVATIONS = """
    celu elu gelu glu hardshrink hardsigmoid hardswish hardtanh leaky_relu log_sigmoid log_softmax
    _log_softmax mish prelu _prelu_kernel relu relu6 _safe_softmax selu sigmoid silu softmax
    _softmax softplus softshrink tanh threshold
"""
_SHAPES = """
    alias broadcast_to cat channel_shuffle chunk clone concat constant_pad_nd contiguous detach
    expand expand_as flatten flip gather hstack index index_select lift_fresh_copy
    masked_fill  moveaxis movedim narrow pad permute pixel_shuffle
    pixel_unshuffle reflection_pad1d reflection_pad2d reflection_pad3d repeat replication_pad1d
    replication_pad2d replication_pad3d reshape roll select slice split split_with_sizes squeeze
    stack swapaxes swapdims t tile to _to_copy transpose tril triu type_as unbind unflatten unfold
    _unsafe_index _unsafe_view unsqueeze view view_as vstack where
    numel size sym_numel sym_size
"""
_NUMBERS = """
    abs add addcdiv addcmul atan atan2 ceil clamp clamp_max clamp_min clip cos cosh div divide erf
    erfc exp exp2 expm1 floor floor_divide fmax fmin fmod frac lerp log log10 log1p log2 logaddexp
    maximum minimum mul multiply nan_to_num neg negative pow reciprocal remainder round rsqrt rsub
    sign sin sinh sqrt square sub subtract tan true_divide trunc
    bitwise_and bitwise_not bitwise_or bitwise_xor eq ge gt isfinite isinf isnan le logical_and
    logical_not logical_or logical_xor lt ne
    all amax amin aminmax any argmax argmin cummax cumprod cumsum linalg_vector_norm logsumexp max
    mean min norm prod sort std std_mean sum topk var var_mean
    arange eye full full_like linspace new_full new_ones new_zeros ones ones_like scalar_tensor
    zeros zeros_like
"""
FORWARD = frozenset(f"{_LAYERS} {_ACTIVATIONS} {_SHAPES} {_NUMBERS}".split())
"""Operators that leave their arguments as they are."""

IN_PLACE = frozenset("""
    add_ celu_ clamp_ clamp_max_ clamp_min_ detach_ div_ dropout_ elu_ gelu_ hardsigmoid_ hardswish_
    hardtanh_ leaky_relu_ masked_fill_ mish_ mul_ neg_ relu6_ relu_ selu_ sigmoid_ silu_ sub_ tanh_
    threshold_
    """.split())
"""Element by element, on values that the program has made: ``ReLU(inplace=True)``, ``y += x``.

The exporter leaves them as they are in the module. A ``Graph`` lets none of them near a weight.
"""

OVERLOADS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # The others take scales that nobody compares with the sizes.
        **{name: frozenset({"vec"}) for name in FORWARD if "upsample" in name},
        # The others read bytes as if they were of another type.
        "view": frozenset({"default"}),
    }
)
"""Of these operators no other overloads than these."""

OFF = ("train", "training", "dropout_p")
"""Arguments that would make an operator learn, or drop out."""


def _normalised_batch(*given: Any) -> tuple[Any, ...]:
    """The inner operator reads as many statistics as there are channels; this one counts first."""
    *tensors, momentum, eps = given
    made = torch.ops.aten.batch_norm.default(*tensors, False, momentum, eps, False)
    return made, made.new_zeros(0), made.new_zeros(0)


def _attention(query: Tensor, key: Tensor, value: Tensor, *more: Any, **named: Any) -> Any:
    """The fast kernel counts keys by the values, and trusts a mask's shape."""
    same = (query, key, value) if not named.get("enable_gqa") else (key, value)
    if len({tensor.shape[:-2] for tensor in same}) > 1 or key.shape[-2] != value.shape[-2]:
        raise ValueError("queries, keys and values of attention differ in shape")
    if query.ndim != key.ndim or query.shape[-1] != key.shape[-1]:
        raise ValueError("queries and keys of attention differ in length")
    mask = more[0] if more else named.get("attn_mask")
    scores = (*query.shape[:-1], key.shape[-2])
    if mask is not None:
        mask.expand(scores)
    return torch.ops.aten.scaled_dot_product_attention.default(query, key, value, *more, **named)


INSTEAD: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "_native_batch_norm_legit_no_training": _normalised_batch,
        "scaled_dot_product_attention": _attention,
    }
)
"""What is called in place of operators that trust their arguments."""
