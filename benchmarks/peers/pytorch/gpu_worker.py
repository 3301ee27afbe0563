"""PyTorch's process in the comparison on a GPU; needs PyTorch 2 with CUDA.

gpu_worker.py score|train WEIGHTS DEVICE BATCH SIZE INPUT fp32|tf32|bf16 eager|compile
    DEVICE: number of a GPU, or cpu; INPUT: float32 values of [BATCH, 3, SIZE, SIZE].
Commands, on standard input: "run N" answers with the seconds of N passes or training steps, "logits FILE" writes the logits of INPUT.
A pass takes the images from host memory and ends when the logits (in training, also the loss) are there.
"""
import sys
import time

import numpy
import torch

import convnext
import serving

WEIGHT_DECAY = 0.05
LEARNING_RATE = 1e-4


def scoring(model, images, device, precision):
    model.eval()
    if precision == "bf16":
        model.bfloat16()
    kind = next(model.parameters()).dtype

    def run():
        with torch.inference_mode():
            moved = images.to(device, non_blocking=True).to(kind)
            return model(moved).float().cpu()
    return run


def training(model, images, device, precision):
    model.train()
    fused = {"fused": True} if device.type == "cuda" else {}
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, **fused)
    classes = model.state_dict()[next(name for name in model.state_dict() if name.endswith("head.bias"))].numel()
    targets = torch.nn.functional.one_hot(torch.arange(len(images)) % classes, classes).float().to(device)

    def run():
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
            logits = model(images.to(device, non_blocking=True)).float()
        loss = (-targets * torch.log_softmax(logits, dim=-1)).sum(dim=-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        return logits.detach().cpu()
    return run


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main(mode, weights, device, batch, size, source, precision, backend):
    if backend == "compile" and not hasattr(torch, "compile"):
        print(f"PyTorch {torch.__version__} compile absent", flush=True)
        return
    device = torch.device("cpu" if device == "cpu" else f"cuda:{device}")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    model = convnext.from_weights(convnext.read_safetensors(weights)).to(device).to(memory_format=torch.channels_last)
    pixels = numpy.fromfile(source, dtype="<f4").reshape(int(batch), 3, int(size), int(size))
    images = torch.from_numpy(pixels).contiguous(memory_format=torch.channels_last)
    if device.type == "cuda":
        images = images.pin_memory()
    if backend == "compile":
        model = torch.compile(model)
    run = {"score": scoring, "train": training}[mode](model, images, device, precision)
    serving.serve(f"PyTorch {torch.__version__} {backend}", run, timed)


if __name__ == "__main__":
    main(*sys.argv[1:])
