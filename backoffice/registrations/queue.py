"""Which applications the queue shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from excise.taxpayers.models import RegistrationState


@dataclass(frozen=True)
class Filters:
    """What the officer asked to see; `state` None is all of them, `office` empty too."""

    state: RegistrationState | None
    office: str
    words: str

    @classmethod
    def asked(cls, asked: Mapping[str, str], known_offices: Collection[str]) -> "Filters":
        """Read the address; what is not known there means the usual: all that wait."""
        states = {each.value: each for each in RegistrationState}
        state, office = asked.get("state", ""), asked.get("office", "")
        return cls(
            state=None if state == "all" else states.get(state, RegistrationState.SUBMITTED),
            office=office if office in known_offices else "",
            words=asked.get("q", "").strip()[:100].replace("\x00", ""),
        )
