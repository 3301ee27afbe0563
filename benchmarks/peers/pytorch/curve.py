"""PyTorch's side of the comparison of training runs. Needs python3-torch.

curve.py version          which PyTorch this is
curve.py train FOLDER     trains as FOLDER/setup.json says, on the batches that lie there, and writes losses, weights and their average

Arrays are little-endian, without header: initial.f32, weights.f32 and average.f32 hold all parameters in the order of setup.json; images.f32 is
[step, image, height, width, 3], targets.f32 [step, image, class], draws.f32 [step, block, image], losses.f64 [step].
"""
import json
import math
import os
import re
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

EPSILON = 1e-6
LAYER_GROUPS = 12


class ImageNorm(nn.LayerNorm):
    """LayerNorm over the channels of [image, channel, y, x]."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class Block(nn.Module):
    def __init__(self, width, drop_rate):
        super().__init__()
        self.keep_rate = 1 - drop_rate
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x, draws):
        branch = self.norm(self.dwconv(x).movedim(1, -1))
        branch = self.gamma * self.pwconv2(functional.gelu(self.pwconv1(branch)))
        kept = torch.floor(self.keep_rate + draws) / self.keep_rate
        return x + kept[:, None, None, None] * branch.movedim(-1, 1)


class Network(nn.Module):
    """ConvNeXt under the official parameter names."""

    def __init__(self, depths, widths, classes, drop_path):
        super().__init__()
        rates = iter(torch.linspace(0, drop_path, sum(depths)).tolist())
        stem = nn.Sequential(nn.Conv2d(3, widths[0], 4, stride=4), ImageNorm(widths[0], eps=EPSILON))
        between = [nn.Sequential(ImageNorm(a, eps=EPSILON), nn.Conv2d(a, b, 2, stride=2)) for a, b in zip(widths, widths[1:])]
        self.downsample_layers = nn.ModuleList([stem] + between)
        self.stages = nn.ModuleList(nn.ModuleList(Block(width, next(rates)) for _ in range(depth)) for depth, width in zip(depths, widths))
        self.norm = nn.LayerNorm(widths[-1], eps=EPSILON)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x, draws):
        block_draws = iter(draws)
        for downsample, blocks in zip(self.downsample_layers, self.stages):
            x = downsample(x)
            for block in blocks:
                x = block(x, next(block_draws))
        return self.head(self.norm(x.mean((2, 3))))


def layer_group(name):
    """The twelve groups of the paper's fine-tuning code: 0 is the stem, the head comes after the last."""
    downsample = re.match(r"downsample_layers\.(\d)", name)
    block = re.match(r"stages\.(\d)\.(\d+)", name)
    if downsample:
        return {"0": 0, "1": 2, "2": 3, "3": LAYER_GROUPS}[downsample[1]]
    if block:
        stage, number = int(block[1]), int(block[2])
        return (1, 2, 3 + number // 3, LAYER_GROUPS)[stage]
    return LAYER_GROUPS + 1


def create_optimizer(model, setup):
    groups = []
    for name, parameter in model.named_parameters():
        scale = setup["layer_decay"] ** (LAYER_GROUPS + 1 - layer_group(name))
        decay = 0.0 if parameter.dim() == 1 else setup["weight_decay"]
        groups.append({"params": [parameter], "weight_decay": decay, "scale": scale})
    return torch.optim.AdamW(groups, lr=setup["learning_rate"], betas=(0.9, 0.999), eps=1e-8)


def learning_rate(step, setup):
    top, bottom, warmup, steps = setup["learning_rate"], setup["min_learning_rate"], setup["warmup_steps"], setup["steps"]
    if step < warmup:
        return top * step / (warmup - 1)
    return bottom + (top - bottom) * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


def load(folder, name, *shape):
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, name), dtype="<f4").reshape(shape))


def fill(model, values, setup):
    parameters = dict(model.named_parameters())
    for entry in setup["parameters"]:
        parameter = parameters.pop(entry["name"])
        if list(parameter.shape) != entry["shape"]:
            raise ValueError(f"{entry['name']} is {list(parameter.shape)} here, {entry['shape']} there")
        own, values = values[:parameter.numel()], values[parameter.numel():]
        parameter.data.copy_(own.reshape(parameter.shape))
    if parameters or values.numel():
        raise ValueError(f"left over: {list(parameters)}, {values.numel()} values")


def save(folder, name, tensors, setup):
    flat = [tensors[entry["name"]].detach().reshape(-1) for entry in setup["parameters"]]
    torch.cat(flat).numpy().astype("<f4").tofile(os.path.join(folder, name))


def train(folder):
    with open(os.path.join(folder, "setup.json"), encoding="utf-8") as file:
        setup = json.load(file)
    steps, batch, size, classes = setup["steps"], setup["batch"], setup["size"], setup["classes"]
    model = Network(setup["depths"], setup["widths"], classes, setup["drop_path"])
    fill(model, load(folder, "initial.f32", -1), setup)
    average = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer = create_optimizer(model, setup)
    images = load(folder, "images.f32", steps, batch, size, size, 3)
    targets = load(folder, "targets.f32", steps, batch, classes)
    draws = load(folder, "draws.f32", steps, sum(setup["depths"]), batch)
    losses = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, setup) * group["scale"]
        logits = model(images[step].movedim(-1, 1), draws[step])
        loss = -(targets[step] * functional.log_softmax(logits, dim=-1)).sum(dim=-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                average[name].mul_(setup["average_decay"]).add_(parameter, alpha=1 - setup["average_decay"])
        losses.append(loss.item())
    numpy.array(losses, dtype="<f8").tofile(os.path.join(folder, "losses.f64"))
    save(folder, "weights.f32", dict(model.named_parameters()), setup)
    save(folder, "average.f32", average, setup)


if __name__ == "__main__":
    if sys.argv[1] == "version":
        print(f"PyTorch {torch.__version__}")
    else:
        train(sys.argv[2])
