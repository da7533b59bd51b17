"""Hardware: what a run was made on, as far as it decides how fast it was."""

from __future__ import annotations

import os
import platform
import resource
import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter

_SYNCED = 200


def machine() -> dict[str, str | float]:
    """Return processor, cores, memory, system and Python."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(pages / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def moment() -> dict[str, list[float] | float]:
    """Return how busy the machine is: load average of 1, 5 and 15 minutes, milliseconds of a durable write."""
    return {"load": [round(each, 2) for each in os.getloadavg()], "fsync_ms": _fsync_ms()}


def peak_mib() -> int:
    """Return the most memory that this process has held so far, its libraries included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _fsync_ms() -> float:
    """Return the median time that 4 KiB take to be safe where the bases lie: no durable commit is faster."""
    with tempfile.NamedTemporaryFile(prefix="appui_bench_") as file:
        times = []
        for _ in range(_SYNCED):
            os.pwrite(file.fileno(), bytes(4096), 0)
            began = perf_counter()
            os.fdatasync(file.fileno())
            times.append(perf_counter() - began)
    return round(median(times) * 1000, 3)


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the version of each distribution, « not installed » when there is none."""
    return {package: _version(package) for package in sorted(set(packages))}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
