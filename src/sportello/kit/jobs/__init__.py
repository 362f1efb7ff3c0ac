"""Jobs: work that must happen later or elsewhere, promised by the same transaction as its reason."""

from sportello.kit.jobs.registry import errand, job
from sportello.kit.jobs.worker import Jobs

__all__ = ["Jobs", "errand", "job"]
