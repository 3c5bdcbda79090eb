"""All runs of a benchmark, side by side, each in a worker; what is done is kept."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from fmdsl.runtime.bench import run as worker
from fmdsl.runtime.bench.plan import Job, Place
from fmdsl.runtime.bench.results import Results
from fmdsl.runtime.bench.run import Row, Samples

#: Seconds that runs have to write a checkpoint after they were asked to stop.
GRACE = 20.0
Told = tuple[Row, Samples | None]


class Cut(Exception):
    """The bench was asked to stop, or its time is over."""


class Bench:
    """Jobs that wait for their teachers, workers, and the results so far.

    `started` is the moment, on the monotonic clock, from which `place.minutes` count.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        results: Results,
        place: Place,
        started: float,
        tell: Callable[[str], None],
    ) -> None:
        self.jobs, self.results, self.place = list(jobs), results, place
        self.started = started
        self.ended: set[Path] = set()
        self.failed: dict[Path, str] = {}
        self.running: dict[Future[Told], Job] = {}
        self.spawn = multiprocessing.get_context("spawn")
        self.workers: Any = self.spawn.SimpleQueue()
        self.print = tell

    def run(self) -> bool:
        """Every job, as many at once as there are workers; whether all were reached."""
        if not self.jobs:
            return True
        with _Stoppable(), self._pool() as pool:
            try:
                while self._send(pool):
                    done, _ = wait(self.running, self._left(), FIRST_COMPLETED)
                    for future in done:
                        self._note(self.running.pop(future), future)
            except (Cut, KeyboardInterrupt, BrokenProcessPool):
                self._cut(pool)
                return False
        return True

    def _pool(self) -> ProcessPoolExecutor:
        os.environ["OMP_NUM_THREADS"] = str(self.place.threads)
        count = max(1, min(self.place.jobs, len(self.jobs)))
        return ProcessPoolExecutor(count, self.spawn, _begin, (self.workers,))

    def _send(self, pool: ProcessPoolExecutor) -> bool:
        """Sends the next jobs that are ready, no more than run at once; whether any runs."""
        for j in [j for j in self.jobs if {*j.teachers} & {*self.failed}]:
            reason = next(self.failed[t] for t in j.teachers if t in self.failed)
            self.jobs.remove(j)
            self._put(j, {"failed": f"its teacher could not be trained: {reason}"}, None)
        ready = [j for j in self.jobs if self.ended >= {*j.teachers}]
        for j in ready[: max(1, self.place.jobs) - len(self.running)]:
            self.jobs.remove(j)
            self.running[pool.submit(worker.run, j)] = j
        return bool(self.running)

    def _left(self) -> float | None:
        if self.place.minutes is None:
            return None
        left = 60 * self.place.minutes - (time.monotonic() - self.started)
        if left <= 0:
            raise Cut
        return left

    def _note(self, j: Job, future: Future[Told]) -> None:
        try:
            self._put(j, *future.result())
        except BrokenProcessPool:
            self._put(j, {"failed": "its process was killed: is there memory for --jobs?"}, None)

    def _put(self, j: Job, row: Row, samples: Samples | None) -> None:
        """A row, told in a line; a teacher's own stands in no table unless it failed."""
        row = {"spec": j.spec, "seed": j.seed, "cost": j.cost, "tuned": [*j.tuned], **row}
        if "failed" in row:
            self.failed[j.folder] = row["failed"].strip()
        elif "stopped" not in row:
            self.ended.add(j.folder)
        if j.measured:
            self.results.put(row, samples)
        self.tell(_line(j, row))

    def tell(self, text: str) -> None:
        """A line with the seconds since the start."""
        self.print(f"[{time.monotonic() - self.started:5.0f} s] {text}")

    def _cut(self, pool: ProcessPoolExecutor) -> None:
        """Runs under way write a checkpoint; those that have not begun are left out."""
        self.tell(f"cut: {len(self.running)} runs under way are saved")
        pids: set[int] = set()
        while not self.workers.empty():
            pids.add(self.workers.get())
        pool.shutdown(wait=False, cancel_futures=True)
        _signal(pids, signal.SIGTERM)
        done, late = wait(self.running, GRACE)
        for future in done:
            if not future.cancelled():
                self._note(self.running.pop(future), future)
        if late:
            _signal(pids, signal.SIGKILL)
        unreached = len(self.jobs) + len(late)
        self.tell(f"{unreached} runs were not reached; the same command goes on")
        for j in (*self.jobs, *(self.running[f] for f in late)):
            if j.measured:
                self.results.put({"spec": j.spec, "seed": j.seed, "stopped": 0}, None)


def _begin(workers: Any) -> None:
    """A worker's start: its number for a later signal, which only training listens to.

    A session of its own keeps a terminal's Ctrl-C, which the bench answers, from it.
    """
    workers.put(os.getpid())
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


class _Stoppable:
    """While entered, SIGTERM ends the bench as Ctrl-C does."""

    def __enter__(self) -> None:
        self.before = signal.signal(signal.SIGTERM, self._raise)

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGTERM, self.before)

    def _raise(self, *_: object) -> None:
        raise Cut


def _line(j: Job, row: Row) -> str:
    name = f"{j.spec} (seed {j.seed})"
    if "failed" in row:
        return f"{name}: failed"
    if "stopped" in row:
        return f"{name}: cut at {row['stopped']} of {j.updates} updates"
    pace = row["seconds_an_update"]
    return f"{name}: {j.updates} updates" + (f", {1e3 * pace:.1f} ms each" if pace else "")
