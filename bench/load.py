"""Clients driven together, and their times reduced to the figures of a table."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from bench.scratch import ROOT


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of ``values`` that at least ``share`` (0 to 1) of them do not exceed; 0 of none."""
    if not values:
        return 0.0
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def reduced(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Figures of clients that ran side by side; ``rate`` adds up what each did in its own time."""
    times = [ms for answer in answers for ms in answer["times"]]
    errors = [error for answer in answers for error in answer["errors"]]
    return {
        "rounds": len(times),
        "p50": round(percentile(times, 0.50), 2),
        "p95": round(percentile(times, 0.95), 2),
        "p99": round(percentile(times, 0.99), 2),
        "rate": round(sum(len(answer["times"]) / max(answer["seconds"], 1e-9) for answer in answers), 1),
        "errors": len(errors),
        "first_error": errors[0] if errors else "",
        "bytes": round(sum(answer["bytes"] for answer in answers) / max(len(times) + len(errors), 1)),
    }


class Clients:
    """Processes that wait for jobs; ended with the block."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.processes: list[Any] = []

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.client"]
        pipe = subprocess.PIPE
        self.processes = [
            subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(self.count)
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.stdin.close()
            if kind is not None:
                process.terminate()
        for process in self.processes:
            process.wait()

    def run(self, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """One job for each of the first clients, all at once; the answers in the same order."""
        working = self.processes[: len(jobs)]
        for process, job in zip(working, jobs, strict=True):
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in working]
