"""PyTorch's side of the paired comparison: a process that stays, reads commands and answers each with a line.

worker.py score|train WEIGHTS THREADS BATCH SIZE INPUT
    WEIGHTS: safetensors of official names; INPUT: float32 values of [BATCH, 3, SIZE, SIZE].
Commands: "run N" answers with the seconds of N passes or steps, "logits FILE" writes the logits of INPUT.
"""
import sys
import time

import numpy
import torch

import convnext
import serving

WEIGHT_DECAY = 0.05
LEARNING_RATE = 1e-4


LAYOUTS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}


def scoring(model, images):
    """Passes in the memory layout that is the faster one here."""
    model.eval()

    def in_layout(layout):
        def run():
            with torch.inference_mode():
                return model(laid_out)
        laid_out = images.contiguous(memory_format=LAYOUTS[layout])
        model.to(memory_format=LAYOUTS[layout])
        return run

    def seconds(layout):
        run = in_layout(layout)
        run()
        return min(timed(run) for _ in range(3))

    fastest = min(LAYOUTS, key=seconds)
    return in_layout(fastest), fastest


def training(model, images):
    """Steps in NCHW: convolutions of PyTorch 1.13 take twice as long backward in NHWC."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    classes = model.head.out_features
    targets = torch.nn.functional.one_hot(torch.arange(len(images)) % classes, classes).float()

    def run():
        logits = model(images)
        loss = (-targets * torch.log_softmax(logits, dim=-1)).sum(dim=-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return logits.detach()
    return run, "NCHW"


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main(mode, weights, threads, batch, size, source):
    torch.set_num_threads(int(threads))
    model = convnext.from_weights(convnext.read_safetensors(weights))
    pixels = numpy.fromfile(source, dtype="<f4").reshape(int(batch), 3, int(size), int(size))
    images = torch.from_numpy(pixels)
    run, layout = {"score": scoring, "train": training}[mode](model, images)
    serving.serve(f"PyTorch {torch.__version__} ({layout})", run, timed)


if __name__ == "__main__":
    main(*sys.argv[1:])
