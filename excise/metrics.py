"""What is counted and timed, by the names that operating.md explains.

A label's values are few and name nobody: sites, routes, operations, workflows.
With PROMETHEUS_MULTIPROC_DIR the processes of one service add up.
"""

import os
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"}

requests = Counter(
    "excise_http_requests",
    "Requests answered.",
    ("site", "endpoint", "method", "status"),
)
request_seconds = Histogram(
    "excise_http_request_seconds",
    "Time until a request was answered, in seconds.",
    ("site", "endpoint"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
requests_under_way = Gauge(
    "excise_http_requests_under_way",
    "Requests that wait for their answer.",
    multiprocess_mode="livesum",
)
soap_calls = Counter(
    "excise_soap_calls",
    "Calls of agencies; the outcome is accepted, rejected, replayed or the fault's code.",
    ("service", "operation", "outcome"),
)
sign_in_failures = Counter(
    "excise_sign_in_failures",
    "Sign-ins refused, by what was wrong or locked.",
    ("site", "factor"),
)
outages = Counter(
    "excise_database_outages",
    "Requests answered 503 because the database was away, full or locked.",
    ("site",),
)
work_runs = Counter(
    "excise_work_runs",
    "Runs of durable work; the outcome is done or failed.",
    ("name", "outcome"),
)
work_seconds = Histogram(
    "excise_work_seconds",
    "Time a run of durable work took, in seconds.",
    ("name",),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)


def request_answered(*, site: str, endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count a request and the time it took; a method that nobody knows is "other"."""
    known = method if method in METHODS else "other"
    requests.labels(site, endpoint, known, str(status)).inc()
    request_seconds.labels(site, endpoint).observe(seconds)


def under_way() -> int:
    """Return how many requests wait for an answer of this service, on this machine."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        files = [str(path) for path in Path(folder).glob("gauge_livesum_*.db")]
        found = MultiProcessCollector.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
    else:
        found = requests_under_way.collect()
    return sum(int(sample.value) for metric in found for sample in metric.samples)


def forget_the_dead(folder: Path) -> None:
    """Forget what only a living process can tell of itself, where it was killed."""
    for path in folder.glob("gauge_live*_*.db"):
        if not Path("/proc", path.stem.rpartition("_")[2]).exists():
            path.unlink(missing_ok=True)


def work_ended(name: str, outcome: str, seconds: float) -> None:
    """Count a run of durable work ("done", "failed") and the time it took."""
    work_runs.labels(name, outcome).inc()
    work_seconds.labels(name).observe(seconds)


def registry() -> CollectorRegistry:
    """Return what this process counts, or what all processes of its service do."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
