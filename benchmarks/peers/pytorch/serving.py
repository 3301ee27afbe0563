"""The commands that a worker process answers, one line each, on its standard input."""
import sys


def serve(banner, run, timed):
    """Answers "run N" with the seconds of N runs, and "logits FILE" by writing the result of one run as float32."""
    print(banner, flush=True)
    for line in sys.stdin:
        command, argument = line.split(maxsplit=1)
        if command == "run":
            print(*(timed(run) for _ in range(int(argument))), flush=True)
        elif command == "logits":
            run().numpy().astype("<f4").tofile(argument.strip())
            print("written", flush=True)
        else:
            raise ValueError(f"'{command}' is not a command of a PyTorch worker")
