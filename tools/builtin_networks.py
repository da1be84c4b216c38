"""The networks that the generator of the built-in frames is trained with."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _NormBase as NormBase
from torch.nn.utils.parametrizations import spectral_norm

LATENT = 32
CLASSES = 10
SLOPE = 0.125


def one_hot(labels: Tensor) -> Tensor:
    """Class labels (N,) as float rows (N, 10)."""
    return torch.eye(CLASSES)[labels]


class Generator(nn.Module):
    """Latent vector and class to one 28x28 image.

    Two dense layers, then 7x7 to 14x14 to 28x28 by convolution and depth-to-space. Every layer but
    the last is followed by batch normalisation, which folds into the weights, and a leaky ReLU of
    slope 1/8, which is exact in binary arithmetic.
    """

    def __init__(self, hidden: int = 128, width: int = 48) -> None:
        super().__init__()
        self.width = width
        self.dense = nn.ModuleList(
            nn.Linear(fan_in, fan_out)
            for fan_in, fan_out in (
                (LATENT + CLASSES, hidden),
                (hidden, hidden),
                (hidden, 49 * width),
            )
        )
        self.dense_norms = nn.ModuleList(
            (nn.BatchNorm1d(hidden), nn.BatchNorm1d(hidden), nn.BatchNorm2d(width))
        )
        self.convs = nn.ModuleList(
            nn.Conv2d(fan_in, fan_out, 3, padding=1)
            for fan_in, fan_out in ((width, 128), (32, 64), (16, 16), (16, 1))
        )
        self.conv_norms = nn.ModuleList(nn.BatchNorm2d(c) for c in (128, 64, 16))

    def forward(self, latent: Tensor, labels: Tensor) -> Tensor:
        """Latents (N, 32) and labels (N,) to logits of the pixels, (N, 1, 28, 28)."""
        x = torch.cat((latent, one_hot(labels)), 1)
        for i, (dense, norm) in enumerate(zip(self.dense, self.dense_norms, strict=True)):
            x = dense(x)
            if i == 2:
                x = x.view(-1, self.width, 7, 7)
            x = F.leaky_relu(norm(x), SLOPE)
        for i, norm in enumerate(self.conv_norms):
            x = F.leaky_relu(norm(self.convs[i](x)), SLOPE)
            x = F.pixel_shuffle(x, 2) if i < 2 else x
        logits: Tensor = self.convs[3](x)
        return logits

    def norms(self) -> list[NormBase]:
        """The normalisations, in order."""
        return [norm for norm in self.modules() if isinstance(norm, NormBase)]

    def layers(self) -> list[tuple[str, nn.Module, nn.Module | None]]:
        """Name, layer and the normalisation after it (the last layer has none), in order."""
        dense = zip(self.dense, self.dense_norms, strict=True)
        convs = zip(self.convs, (*self.conv_norms, None), strict=True)
        return [(f"dense{i}", *pair) for i, pair in enumerate(dense)] + [
            (f"conv{i}", *pair) for i, pair in enumerate(convs)
        ]


class Encoder(nn.Module):
    """Image and class to mean and log-variance of the latent vector."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1 + CLASSES, 32, 3, 2, 1),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 3, 2, 1),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(64 * 49, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 2 * LATENT),
        )

    def forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Images (N, 1, 28, 28) and labels (N,) to two tensors (N, 32)."""
        planes = one_hot(labels)[:, :, None, None].expand(-1, -1, 28, 28)
        mean, log_variance = self.body(torch.cat((images, planes), 1)).float().chunk(2, 1)
        return mean, log_variance.clamp(-8, 4)


class Critic(nn.Module):
    """Projection discriminator with spectral normalisation (Miyato and Koyama, 2018).

    How much a batch varies is one more feature: sameness gives the generator away.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            spectral_norm(nn.Conv2d(fan_in, fan_out, size, stride, 1))
            for fan_in, fan_out, size, stride in ((4, 32, 3, 1), (32, 64, 3, 1), (64, 128, 4, 2))
        )
        self.dense = spectral_norm(nn.Linear(128 * 49, 128))
        self.score = spectral_norm(nn.Linear(129, 1))
        self.classes = spectral_norm(nn.Linear(CLASSES, 128, bias=False))

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Images (N, 1, 28, 28) and labels (N,) to scores (N,): higher is more real."""
        x = F.pixel_unshuffle(images, 2)
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        spread = x.std(0).mean().expand(len(x), 1)
        x = F.leaky_relu(self.dense(x.flatten(1)), 0.2)
        score: Tensor = self.score(torch.cat((x, spread), 1))[:, 0]
        of_class: Tensor = (x * self.classes(one_hot(labels))).sum(1)
        return score + of_class


class Judge(nn.Module):
    """A small classifier whose features measure likeness and whose verdict keeps classes apart."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(fan_in, fan_out, 3, padding=1),
                nn.BatchNorm2d(fan_out),
                nn.ReLU(),
            )
            for fan_in, fan_out in ((1, 16), (16, 32), (32, 64))
        )
        self.head = nn.Linear(64, CLASSES)

    def forward(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Images (N, 1, 28, 28) to the feature maps of each stage and class logits (N, 10)."""
        maps, x = [], images
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
            x = F.max_pool2d(x, 2)
        return maps, self.head(x.mean((2, 3)))
