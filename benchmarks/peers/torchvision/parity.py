"""torchvision's side of the comparison. Needs python3-torch and python3-torchvision.

parity.py make NETWORK PHOTO FOLDER   random visible weights, saved as NETWORK.pth; the photo prepared, NETWORK.input.f32; its logits, NETWORK.logits.f32
parity.py read NETWORK FOLDER FILE    weights out of a safetensors FILE with torchvision's names; logits of the same input, NETWORK.reread.f32
"""
import json
import os
import sys

import numpy
import torch
import torchvision
from PIL import Image
from torchvision import transforms

SEED = 7
SIZE = 224
PREPARE = transforms.Compose([
    transforms.Resize(256, interpolation=transforms.InterpolationMode.BICUBIC),
    transforms.CenterCrop(SIZE),
    transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])


def create(network):
    return getattr(torchvision.models, network)(weights=None).eval()


def randomise(model):
    """Fresh weights have layer scales of 1e-6 and zero biases, where a mistake would not be seen."""
    generator = torch.Generator().manual_seed(SEED)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("layer_scale"):
            value = 0.5 * noise
        elif name.endswith("bias"):
            value = 0.25 * noise
        elif parameter.dim() == 1:
            value = 1 + 0.3 * noise
        else:
            value = noise * 1.2 / parameter[0].numel() ** 0.5
        parameter.data.copy_(value)


def score(model, folder, network, result):
    pixels = numpy.fromfile(os.path.join(folder, network + ".input.f32"), dtype="<f4")
    with torch.no_grad():
        logits = model(torch.from_numpy(pixels.reshape(1, 3, SIZE, SIZE)))
    logits.numpy().astype("<f4").tofile(os.path.join(folder, f"{network}.{result}.f32"))


def make(network, photo, folder):
    model = create(network)
    randomise(model)
    torch.save(model.state_dict(), os.path.join(folder, network + ".pth"))
    PREPARE(Image.open(photo).convert("RGB")).numpy().astype("<f4").tofile(os.path.join(folder, network + ".input.f32"))
    score(model, folder, network, "logits")


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{name} is {entry['dtype']}, F32 is wanted")
        begin, end = entry["data_offsets"]
        tensors[name] = torch.from_numpy(numpy.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"]).copy())
    return tensors


def read(network, folder, path):
    tensors = read_safetensors(path)
    model = create(network)
    model.load_state_dict(tensors, strict=True)
    score(model, folder, network, "reread")
    saved = torch.load(os.path.join(folder, network + ".pth"))
    same = sum(torch.equal(saved[name], tensor) for name, tensor in tensors.items())
    print(f"{same} of {len(saved)} tensors are those of {network}.pth to the bit")


if __name__ == "__main__":
    if sys.argv[1] == "version":
        print(f"torchvision {torchvision.__version__}, PyTorch {torch.__version__}")
    else:
        {"make": make, "read": read}[sys.argv[1]](*sys.argv[2:])
