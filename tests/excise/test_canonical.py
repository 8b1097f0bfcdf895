import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from excise.canonical import canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(PLAIN)
def test_it_writes_what_the_norm_writes(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.0, 1e21, {"é": 1, "z": 2, "\U0001f600": 3, "\ufb33": 4}])
def test_what_is_not_plain_is_written_by_the_norm_too(value):
    assert canonical([value]) == rfc8785.dumps([value])


@pytest.mark.parametrize("value", [2**53, float("nan"), {1: 2}, object()])
def test_what_the_norm_refuses_is_refused(value):
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical({"a": value})
