import pytest

from excise.documents.facts import facts_hash
from excise.documents.verification import ALPHABET, code_text, is_code, verify_code, verify_url
from tests.excise.documents.samples import receipt

HASH = "ab" * 32
CODE = verify_code(b"secret", "2570-020100-0000145", HASH)


def test_the_code_depends_on_secret_number_and_every_fact():
    others = {
        CODE,
        verify_code(b"another", "2570-020100-0000145", HASH),
        verify_code(b"secret", "2570-020100-0000146", HASH),
        verify_code(b"secret", "2570-020100-0000145", "ac" * 32),
    }
    assert len(others) == 4


def test_codes_use_the_whole_alphabet_and_nothing_else():
    codes = {verify_code(b"secret", str(number), HASH) for number in range(2_000)}
    assert len(codes) == 2_000
    assert {len(code) for code in codes} == {12}
    for place in range(12):
        assert {code[place] for code in codes} == set(ALPHABET)


@pytest.mark.parametrize(
    "change",
    [{"issuer": "ผู้อื่น"}, {"issuer_position": "ผู้อำนวยการ"}, {"number": "2570-020100-0000146"}],
)
def test_tampered_facts_need_another_code(change):
    honest, tampered = receipt(), receipt(**change)
    assert facts_hash(honest) != facts_hash(tampered)


def test_a_code_is_read_as_people_copy_it():
    code = "0123456789AB"
    assert code_text(code) == "0123-4567-89AB"
    for typed in (
        "0123-4567-89AB",
        "o123 4567 89ab",
        "OI23456789AB",
        "๐๑๒๓456789AB",
        "0L23456789ab",
    ):
        assert is_code(typed, code), typed
    for typed in ("", "0123456789A", "0123456789AC", "0123456789ABB"):
        assert not is_code(typed, code), typed


def test_the_address_of_the_check_is_safe_for_any_number():
    url = verify_url("https://excise.example.org", "กค 0618/1", CODE)
    assert url.startswith("https://excise.example.org/v/%E0%B8%81")
    assert url.count("/") == 5
    assert url.endswith(f"/{CODE}")
