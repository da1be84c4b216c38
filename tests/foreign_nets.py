"""Networks as people train them, small: what exported programs are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTH = 16


class MobileNet(nn.Module):
    """Separable convolutions, attention to channels, norms, and operators that work in place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.SiLU(inplace=True)
        )
        self.depthwise = nn.Sequential(
            nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.GroupNorm(2, 8), nn.Hardswish(inplace=True)
        )
        self.excitation = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.ReLU(inplace=True), nn.Hardsigmoid()
        )
        self.head = nn.Sequential(nn.Dropout(0.2, inplace=True), nn.Linear(8, 2))
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, 2)."""
        seen = self.stem(images)
        wide = self.depthwise(seen)
        wide = wide * self.excitation(wide)
        wide += seen
        wide = nn.functional.interpolate(wide, scale_factor=2, mode="bilinear")
        logits: Tensor = self.head(wide.mean((2, 3)))
        return logits


class VisionTransformer(nn.Module):
    """Patches, a class token, encoder layers, attention."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, WIDTH, 4, 4)
        self.token = nn.Parameter(torch.ones(1, 1, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, 2, 32, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 2))
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, 2)."""
        words = self.patches(images).flatten(2).transpose(1, 2)
        words = self.encoder(torch.cat([self.token.expand(images.shape[0], -1, -1), words], 1))
        words = words + self.attention(words, words, words, need_weights=False)[0]
        logits: Tensor = self.head(words[:, 0])
        return logits
