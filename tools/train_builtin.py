"""Train the generator of the built-in frames and write its decoder's weights.

Three phases on the first 55,000 Fashion-MNIST training images (the last 5,000 stay unseen): a small
classifier, a conditional variational autoencoder measured in pixels and in that classifier's
features, then the same networks against a critic (VAE-GAN, Larsen et al. 2016; hinge loss).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import structlog
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional as F

from shared.intake.idx import decode_idx
from tools.builtin_export import save
from tools.builtin_networks import LATENT, Critic, Encoder, Generator, Judge

log = structlog.get_logger()

HELD_OUT = 5_000
STEADY = 0.998
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long each phase lasts, in steps, and what the parts of the loss weigh."""

    judge_steps: int = 700
    vae_steps: int = 1_200
    gan_steps: int = 5_000
    batch: int = 64
    likeness: float = 0.01
    likeness_every: int = 4
    verdict: float = 0.1
    save_every: int = 500


@dataclass(frozen=True, slots=True)
class Networks:
    """Everything that is trained, and the running average of the generator that is shipped."""

    judge: Judge
    encoder: Encoder
    generator: Generator
    critic: Critic
    average: Generator

    @classmethod
    def fresh(cls) -> Networks:
        """New networks with weights from the global seed."""
        generator = Generator()
        average = deepcopy(generator).requires_grad_(False)
        nets = cls(Judge(), Encoder(), generator, Critic(), average)
        for network in (nets.judge, nets.encoder, nets.generator, nets.critic):
            # Half the time of the other layout on a processor.
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return nets


def read_images(folder: Path) -> NDArray[np.uint8]:
    """All 60,000 training images, (N, 28, 28)."""
    return _read_idx(folder / "train-images-idx3-ubyte.gz")


def read_training(folder: Path) -> Batch:
    """The first 55,000 training images, (N, 1, 28, 28) in 0..1, and their labels (N,)."""
    images = read_images(folder)[:-HELD_OUT, None].astype(np.float32) / 255
    labels = _read_idx(folder / "train-labels-idx1-ubyte.gz")[:-HELD_OUT].astype(np.int64)
    return torch.from_numpy(images), torch.from_numpy(labels)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    return decode_idx(path.read_bytes(), where=str(path))


def batches(data: Batch, steps: int, size: int, name: str) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Random batches of the data, with the step's number, under a progress bar."""
    images, labels = data
    for step in track(range(1, steps + 1), name, console=Console(stderr=True)):
        chosen = torch.randint(len(images), (size,))
        yield step, images[chosen], labels[chosen]


def train_judge(judge: Judge, data: Batch, steps: int) -> None:
    """Train the small classifier, then freeze it."""
    optimizer = torch.optim.AdamW(judge.parameters(), 4e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _, images, labels in batches(data, steps, 128, "classifier"):
        loss = F.cross_entropy(judge(images)[1], labels, label_smoothing=0.1)
        step_with(optimizer, loss)
        schedule.step()
    judge.eval().requires_grad_(False)


def step_with(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of an optimizer down the gradient of the loss."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    optimizer.step()


def likeness_loss(nets: Networks, images: Tensor, labels: Tensor) -> Tensor:
    """Negative evidence bound of a VAE whose likeness counts pixels and the judge's features."""
    mean, log_variance = nets.encoder(images, labels)
    latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
    drawn = nets.generator(latent, labels).sigmoid()
    pixels: Tensor = (drawn - images).square().sum((1, 2, 3)).mean()
    features = torch.zeros(())
    for ours, theirs in zip(nets.judge(drawn)[0], nets.judge(images)[0], strict=True):
        features = features + (ours - theirs).square().mean() / theirs.square().mean()
    divergence: Tensor = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mean()
    return 8 * pixels + 60 * features + 1.5 * divergence


def train_autoencoder(nets: Networks, data: Batch, plan: Plan) -> None:
    """Phase two: encoder and generator as a conditional variational autoencoder."""
    weights = [*nets.encoder.parameters(), *nets.generator.parameters()]
    optimizer = torch.optim.Adam(weights, 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=plan.vae_steps)
    for _, images, labels in batches(data, plan.vae_steps, plan.batch, "autoencoder"):
        loss = likeness_loss(nets, images, labels)
        step_with(optimizer, loss)
        schedule.step()
    log.info("autoencoder-trained", loss=round(loss.item(), 1))
    nets.average.load_state_dict(nets.generator.state_dict())


def critic_loss(nets: Networks, images: Tensor, labels: Tensor) -> Tensor:
    """Hinge loss of the critic on real images and on as many drawn ones of the same classes."""
    with torch.no_grad():
        drawn = nets.generator(torch.randn(len(labels), LATENT), labels).sigmoid()
    real = nets.critic(images, labels)
    fake = nets.critic(drawn, labels)
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def generator_loss(nets: Networks, labels: Tensor, plan: Plan) -> Tensor:
    """What the generator pays to the critic and to the judge."""
    drawn = nets.generator(torch.randn(len(labels), LATENT), labels).sigmoid()
    fooled: Tensor = -nets.critic(drawn, labels).mean()
    verdict = F.cross_entropy(nets.judge(drawn)[1], labels, label_smoothing=0.1)
    return fooled + plan.verdict * verdict


def train_against_critic(nets: Networks, data: Batch, plan: Plan, output: Path) -> None:
    """Phase three: sharpen the generator against the critic, and save it now and then."""
    weights = [*nets.encoder.parameters(), *nets.generator.parameters()]
    ours = torch.optim.Adam(weights, 3e-4, (0.0, 0.99))
    theirs = torch.optim.Adam(nets.critic.parameters(), 4e-4, (0.0, 0.99))
    for step, images, labels in batches(data, plan.gan_steps, plan.batch, "against the critic"):
        loss_critic = critic_loss(nets, images, labels)
        step_with(theirs, loss_critic)
        nets.critic.requires_grad_(False)
        loss = generator_loss(nets, labels, plan)
        if step % plan.likeness_every == 0:
            # What can still draw every real image has forgotten none: it keeps the variety.
            loss = loss + plan.likeness * likeness_loss(nets, images, labels)
        step_with(ours, loss)
        nets.critic.requires_grad_(True)
        follow(nets.average, nets.generator, min(STEADY, step / (step + 10)))
        if step % plan.save_every == 0 or step == plan.gan_steps:
            log.info("step", step=step, critic=loss_critic.item(), generator=loss.item())
            save(nets.average, output)
            log.info("weights-written", file=str(output), bytes=output.stat().st_size)


def follow(average: nn.Module, network: nn.Module, steady: float) -> None:
    """Move the running average of a network's weights a little towards the network."""
    with torch.no_grad():
        for ours, theirs in zip(average.parameters(), network.parameters(), strict=True):
            ours.lerp_(theirs, 1 - steady)


def main(
    data_dir: Annotated[Path, typer.Option(help="Folder of the official IDX .gz files.")],
    output: Annotated[Path, typer.Option(help="Where the weights go (safetensors).")],
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    gan_steps: Annotated[int, typer.Option(help="Steps against the critic.")] = 5_000,
) -> None:
    """Train the generator of the built-in frames on one thread."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    plan = Plan(gan_steps=gan_steps)
    data = read_training(data_dir)
    nets = Networks.fresh()
    train_judge(nets.judge, data, plan.judge_steps)
    train_autoencoder(nets, data, plan)
    train_against_critic(nets, data, plan, output)


if __name__ == "__main__":
    typer.run(main)
