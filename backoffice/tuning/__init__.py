"""The rules of comparison: what each lets pass, how often it was right, and changing it."""

from backoffice.tuning import deciding, drafts, replays
from backoffice.tuning.views import bp

__all__ = ["bp", "deciding", "drafts", "replays"]
