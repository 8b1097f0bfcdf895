"""Every calculation of a document, held against itself and against the tariff it names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from excise.errors import Invalid
from excise.recalculation.again import (
    Tree,
    additions_again,
    late_again,
    line_again,
    original_faults,
    results_again,
    return_again,
    row_again,
)
from excise.recalculation.contradictions import (
    BROKEN,
    carried_amounts,
    carried_lines,
    contradictions,
)
from excise.recalculation.faults import Fault, text
from excise.tariff.entries import Tariff

Place = tuple[str, ...]
Again = Callable[[Tariff, Place], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, under which editions, and what is wrong with it."""

    calculations: int
    traces: int
    editions: tuple[str, ...]
    faults: tuple[Fault, ...]
    missing_editions: tuple[str, ...]

    @property
    def lacks_only_editions(self) -> bool:
        """Tell whether nothing is wrong but that an edition is not at hand."""
        is_told = (
            each.place[-1] == "digest" and each.stored in self.missing_editions
            for each in self.faults
        )
        return bool(self.faults) and all(is_told)


@dataclass(frozen=True, slots=True)
class _Calculation:
    """One calculation of the document: its traces by place, and how to make it again."""

    place: Place
    traces: Mapping[Place, Tree]
    results: Tree
    again: Again


def verified(document: object, editions: Sequence[Tariff]) -> Verdict:
    """Verify every calculation in a document; raises Invalid `no-calculation` when it has none.

    The document is what `excise calculate` writes (or a part of it), a single trace, or the
    original of a return or an assessment. An edition that is named and not at hand is a fault:
    without it neither the rates nor the law can be confirmed.
    >>> from excise.tariff.rules import additions
    >>> from excise.tariff.schema import first_edition
    >>> trace = additions(first_edition(), []).trace.to_json()
    >>> verified(trace, [first_edition()]).faults
    ()
    >>> trace["steps"][-1]["result"] = "1"
    >>> [fault.where for fault in verified(trace, [first_edition()]).faults]
    ['steps > total_payable > result']
    """
    try:
        found = list(_calculations(document, ()))
    except BROKEN as error:
        raise Invalid("file-broken", field="file", problem=repr(error)) from error
    if not found:
        raise Invalid("no-calculation", field="file", problem="it holds no trace of a calculation")
    by_digest = {edition.digest: edition for edition in editions}
    faults: dict[Place, Fault] = {}
    for calculation in found:
        for fault in _faults(calculation, by_digest):
            faults.setdefault(fault.place, fault)
    traces = [trace for calculation in found for trace in calculation.traces.values()]
    named = {str(trace.get("edition")): None for trace in traces if isinstance(trace, Mapping)}
    digests = {str(trace.get("digest")): None for trace in traces if isinstance(trace, Mapping)}
    missing = tuple(digest for digest in digests if digest not in by_digest)
    return Verdict(len(found), len(traces), tuple(named), tuple(faults.values()), missing)


def _faults(calculation: _Calculation, by_digest: Mapping[str, Tariff]) -> Iterator[Fault]:
    at, traces = calculation.place, calculation.traces
    for place, trace in traces.items():
        yield from contradictions(trace, place)
    yield from _guarded(carried_amounts(calculation.results, traces, at), at)
    yield from _guarded(carried_lines(traces), at)
    tariff = None if traces else next(iter(by_digest.values()), None)
    for place, trace in traces.items():
        named = str(trace.get("digest")) if isinstance(trace, Mapping) else text(None)
        tariff = tariff or by_digest.get(named)
        if named not in by_digest:
            yield Fault((*place, "digest"), named, ", ".join(by_digest))
    if tariff is not None:
        yield from _guarded(_made_again(calculation, tariff), at)


def _made_again(calculation: _Calculation, tariff: Tariff) -> Iterator[Fault]:
    """Work the calculation out again; what it may not be entered with is a fault by itself."""
    try:
        yield from calculation.again(tariff, calculation.place)
    except Invalid as error:
        field = str(error.facts.get("field", ""))
        yield Fault((*calculation.place, field), str(error.facts.get("value")), error.reason)


def _guarded(faults: Iterable[Fault], place: Place) -> Iterator[Fault]:
    """Pass faults on; a trace that cannot be read is one fault."""
    try:
        yield from faults
    except BROKEN as error:
        yield Fault(place, f"{type(error).__name__}: {error}", "a calculation as it was written")


def _calculations(found: object, place: Place) -> Iterator[_Calculation]:
    """Find the calculations in a document by their shape."""
    if isinstance(found, list):
        for number, entry in enumerate(found, start=1):
            name = entry.get("id", number) if isinstance(entry, Mapping) else number
            yield from _calculations(entry, (*place, f"row {name}"))
    elif isinstance(found, Mapping):
        made = list(_of_shape(found, place))
        yield from made
        if not made:
            for name, inner in found.items():
                yield from _calculations(inner, (*place, name))


def _of_shape(found: Tree, place: Place) -> Iterator[_Calculation]:
    """Make the calculation that a mapping is: a trace, a return, an original, a calculated row."""
    tax, traces = found.get("tax"), found.get("trace")
    if "steps" in found:
        yield _lone(found, place)
    elif "additions" in found:
        yield _original({}, found, place)
    elif isinstance(tax, Mapping) and "additions" in tax:
        yield _original(found, tax, place)
    elif isinstance(traces, Mapping) and _are_traces(traces):
        yield _result(found, traces, place)
    elif _are_traces(found):
        yield _result({}, found, place)
    elif isinstance(found.get("inputs"), Mapping) and "id" in found:
        yield _Calculation(place, {}, {}, _bound(row_again, found))
        yield from _calculations(traces, (*place, "trace"))


def _are_traces(found: Tree) -> bool:
    return any(isinstance(found.get(name), Mapping) and "steps" in found[name] for name in KINDS)


KINDS = ("line", "return", "late")


def _lone(trace: Tree, place: Place) -> _Calculation:
    kinds = {"line": line_again, "late": late_again}
    again = kinds.get(str(trace.get("subject")), additions_again)
    return _Calculation(place, {place: trace}, {}, _bound(again, trace))


def _bound(check: Callable[[Tariff, Place, Tree], Iterable[Fault]], tree: Tree) -> Again:
    return lambda tariff, place: check(tariff, place, tree)


def _result(result: Tree, traces: Tree, place: Place) -> _Calculation:
    inside = (*place, "trace") if result else place
    named = {(*inside, name): traces[name] for name in traces}
    whole = {**result, "trace": traces}
    return _Calculation(
        place, named, result, lambda tariff, at: results_again(tariff, at, whole, alone=not result)
    )


def _original(original: Tree, tax: Tree, place: Place) -> _Calculation:
    inside = (*place, "tax") if original else place
    named = {(*inside, "lines", str(n)): trace for n, trace in enumerate(tax["lines"], start=1)}
    named[(*inside, "additions")] = tax["additions"]
    if tax["arrears"] is not None:
        named[(*inside, "arrears")] = tax["arrears"]

    def again(tariff: Tariff, at: Place) -> Iterator[Fault]:
        yield from return_again(tariff, (*at, "tax") if original else at, tax)
        yield from original_faults(at, original, tax)

    return _Calculation(place, named, {}, again)
