"""ConvNeXt V1 and V2 in plain PyTorch, written from the papers as a PyTorch user would write it, with the official parameter names."""
import json

import numpy
import torch
from torch import nn
from torch.nn import functional

NORM_EPSILON = 1e-6


def channels_last_norm(channels):
    return nn.LayerNorm(channels, eps=NORM_EPSILON)


class PixelNorm(nn.LayerNorm):
    """LayerNorm over the channels of each pixel of [N, C, H, W]."""

    def __init__(self, channels):
        super().__init__(channels, eps=NORM_EPSILON)

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ResponseNorm(nn.Module):
    """Global Response Normalization (V2), over [N, H, W, C]."""

    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, x):
        strength = x.norm(dim=(1, 2), keepdim=True)
        share = strength / (strength.mean(dim=-1, keepdim=True) + NORM_EPSILON)
        return x + self.gamma * (x * share) + self.beta


class Block(nn.Module):
    def __init__(self, channels, response_norm, layer_scale, drop_path):
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = channels_last_norm(channels)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = ResponseNorm(4 * channels) if response_norm else None
        self.pwconv2 = nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(torch.full((channels,), layer_scale)) if layer_scale is not None else None
        self.drop_path = drop_path

    def forward(self, x):
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = functional.gelu(self.pwconv1(y))
        if self.grn is not None:
            y = self.grn(y)
        y = self.pwconv2(y)
        if self.gamma is not None:
            y = self.gamma * y
        y = y.permute(0, 3, 1, 2)
        if self.training and self.drop_path > 0:
            kept = 1 - self.drop_path
            y = y * (torch.floor(torch.rand(len(x), 1, 1, 1) + kept) / kept)
        return x + y


class ConvNeXt(nn.Module):
    def __init__(self, depths, widths, classes, response_norm=False, layer_scale=1e-6, drop_path_rate=0.0):
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, widths[0], 4, stride=4), PixelNorm(widths[0]))
        halvings = [nn.Sequential(PixelNorm(narrow), nn.Conv2d(narrow, wide, 2, stride=2)) for narrow, wide in zip(widths, widths[1:])]
        self.downsample_layers = nn.ModuleList([stem] + halvings)
        rates = iter(torch.linspace(0, drop_path_rate, sum(depths)).tolist())
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width, response_norm, layer_scale, next(rates)) for _ in range(depth)))
            for depth, width in zip(depths, widths))
        self.norm = channels_last_norm(widths[-1])
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x):
        for downsampling, stage in zip(self.downsample_layers, self.stages):
            x = stage(downsampling(x))
        return self.head(self.norm(x.mean(dim=(2, 3))))


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start = file.tell()
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            if entry["dtype"] != "F32":
                raise ValueError(f"{path}: tensor '{name}' is {entry['dtype']}, expected F32")
            begin, end = entry["data_offsets"]
            file.seek(start + begin)
            values = numpy.frombuffer(bytearray(file.read(end - begin)), dtype="<f4")
            tensors[name] = torch.from_numpy(values).reshape(entry["shape"])
    return tensors


def from_weights(tensors, drop_path_rate=0.0):
    """Creates the network that fits the tensors, which have official names, and loads them."""
    blocks = [tuple(map(int, name.split(".")[1:3])) for name in tensors if name.endswith(".dwconv.weight")]
    depths = [sum(stage == wanted for stage, _ in blocks) for wanted in range(1 + max(stage for stage, _ in blocks))]
    model = ConvNeXt(
        depths,
        widths=[len(tensors[f"stages.{stage}.0.dwconv.bias"]) for stage in range(len(depths))],
        classes=len(tensors["head.bias"]),
        response_norm="stages.0.0.grn.gamma" in tensors,
        layer_scale=1e-6 if "stages.0.0.gamma" in tensors else None,
        drop_path_rate=drop_path_rate)
    model.load_state_dict(tensors, strict=True)
    return model
