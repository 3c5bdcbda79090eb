"""How long the commands take that a person waits for: wall time of whole processes, medians.

python benchmarks/bench_commands.py --repeats 5
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from fmdsl.syntax.locate import shipped


def wall(words: list[str]) -> float:
    """Seconds of one `fmdsl` command; it must succeed."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "fmdsl", *words], capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/commands.json"))
    args = parser.parse_args()
    every = sorted(shipped())
    commands = {
        "fmdsl --help": ["--help"],
        "fmdsl check meanflow": ["check", "meanflow"],
        f"fmdsl check, all {len(every)} specs": ["check", *every],
        "fmdsl verify meanflow": ["verify", "meanflow"],
        f"fmdsl verify, all {len(every)} specs": ["verify", *every],
    }
    rows: dict[str, float] = {}
    print("| command | seconds |\n| --- | --- |")
    for name, words in commands.items():
        rows[name] = statistics.median(wall(words) for _ in range(args.repeats))
        print(f"| `{name}` | {rows[name]:.2f} |")
    kept = {"machine": platform.machine(), "repeats": args.repeats, "seconds": rows}
    args.out.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
