"""Amounts, quantities and tax numbers as people type them."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import gettext
from stdnum.exceptions import ValidationError
from stdnum.th import tin
from wtforms import StringField

from excise.money import MAX_SATANG, baht, satang, scaled
from excise.written import number, western


class _NumberField(StringField):
    """One number in a text box; wrong input stays in the box as it was typed."""

    data: Any
    places: int
    suffix: str = ""
    inputmode: ClassVar[str] = "decimal"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.written()

    def written(self) -> str:
        """Return the value as it stands in the box."""
        return f"{self.data:,}"

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was typed; nothing typed is None."""
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = self.read(valuelist[0])

    def read(self, text: str) -> Any:
        """Turn the text into the value."""
        raise NotImplementedError

    def _decimal(self, text: str) -> Decimal:
        try:
            value = number(text)
        except ValueError:
            raise ValueError(gettext("Enter a number, like 1,234.50")) from None
        if value.adjusted() > 18:
            raise ValueError(gettext("This number is too large"))
        try:
            scaled(value, self.places)
        except ValueError:
            raise ValueError(self._too_fine()) from None
        return value

    def _too_fine(self) -> str:
        if self.places == 0:
            return str(gettext("Enter a whole number, without decimals"))
        return str(gettext("Enter at most %(n)d decimals", n=self.places))


class MoneyField(_NumberField):
    """An amount in baht; `data` is whole satang. At most two decimals."""

    places = 2

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        at_least: int = 0,
        at_most: int = MAX_SATANG,
        **kwargs: Any,
    ) -> None:
        """Take the bounds in satang, both included."""
        super().__init__(label, validators, **kwargs)
        self.at_least, self.at_most = at_least, at_most
        self.suffix = gettext("baht")

    def written(self) -> str:
        """Return satang as baht with two decimals."""
        return f"{baht(self.data):,.2f}"

    def read(self, text: str) -> int:
        """Return satang."""
        value = satang(self._decimal(text))
        if value < self.at_least:
            raise ValueError(
                gettext("Enter %(limit)s baht or more", limit=f"{baht(self.at_least):,.2f}")
            )
        if value > self.at_most:
            raise ValueError(
                gettext("Enter %(limit)s baht or less", limit=f"{baht(self.at_most):,.2f}")
            )
        return value


class QuantityField(_NumberField):
    """A quantity with at most `places` decimals; `data` is a Decimal, `scaled` the integer."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        places: int = 0,
        at_least: Decimal | int = 0,
        at_most: Decimal | int = 10**12,
        suffix: str = "",
        **kwargs: Any,
    ) -> None:
        """Take the bounds, both included, and the unit to show behind the box."""
        super().__init__(label, validators, **kwargs)
        self.places, self.suffix = places, suffix
        self.at_least, self.at_most = at_least, at_most

    @property
    def scaled(self) -> int | None:
        """The quantity as a whole number of 10**-places, as the domain keeps it."""
        return None if self.data is None else scaled(self.data, self.places)

    def read(self, text: str) -> Decimal:
        """Return the Decimal."""
        value = self._decimal(text)
        if value < self.at_least:
            raise ValueError(gettext("Enter %(limit)s or more", limit=f"{self.at_least:,}"))
        if value > self.at_most:
            raise ValueError(gettext("Enter %(limit)s or less", limit=f"{self.at_most:,}"))
        return value


class TaxIdField(StringField):
    """A taxpayer's 13 digits, with or without spaces and dashes; `data` is the digits alone."""

    inputmode: ClassVar[str] = "numeric"

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Check length and check digit, and say which of them is wrong."""
        typed = western(valuelist[0]) if valuelist else ""
        digits = re.sub(r"[-\u2010-\u2015.]", "", typed)
        self.data = digits or None
        if not digits:
            return
        if not digits.isdecimal() or len(digits) != 13:
            count = sum(letter.isdecimal() for letter in digits)
            raise ValueError(gettext("A tax number has 13 digits; you typed %(n)d", n=count))
        try:
            tin.validate(digits)
        except ValidationError:
            raise ValueError(
                gettext("One of the 13 digits is wrong: compare the number with the card or letter")
            ) from None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""
