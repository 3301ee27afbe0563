"""What the workers have in common: timed runs and results on demand, a command a line on standard input."""
import sys


def serve(banner, run, timed):
    """Answers "run N" with the seconds of N runs and "write FILE" by writing the result of one as float32."""
    print(banner, flush=True)
    for line in sys.stdin:
        command, argument = line.split(maxsplit=1)
        if command == "run":
            print(*(timed(run) for _ in range(int(argument))), flush=True)
        else:
            run().numpy().astype("<f4").tofile(argument.strip())
            print("written", flush=True)
