"""Dates as people in Thailand write them: in the Buddhist Era, or not."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from babel.dates import get_month_names
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from wtforms import Field

from excise.periods import BUDDHIST_YEARS_AHEAD as ERA
from excise.periods import gregorian
from excise.written import western
from web.i18n import language, show_date


class _PartsField(Field):
    """Several boxes that make one value; each has the name and the id `name-part`."""

    parts: ClassVar[tuple[str, ...]]

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.wrong_parts: tuple[str, ...] = ()

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Collect the boxes."""
        if formdata is not None:
            typed = [formdata.get(f"{self.name}-{part}") for part in self.parts]
            found = any(value is not None for value in typed)
            formdata = MultiDict([(self.name, value or "") for value in typed if found])
        super().process(formdata, *args, **kwargs)

    def typed(self) -> dict[str, str]:
        """Return what stands in each box."""
        if self.raw_data:
            return dict(zip(self.parts, self.raw_data, strict=True))
        return self.written()

    def written(self) -> dict[str, str]:
        """Return the boxes of the value."""
        raise NotImplementedError

    def refuse(self, sentence: str, *parts: str) -> ValueError:
        """Return the error for some of the boxes, all of them when none is named."""
        self.wrong_parts = parts or self.parts
        return ValueError(sentence)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the boxes; all of them empty is None."""
        self.data, self.wrong_parts = None, ()
        texts = [western(value) for value in valuelist]
        if any(texts):
            self.data = self.read(*texts)

    def read(self, *texts: str) -> date:
        """Turn the texts into the value."""
        raise NotImplementedError

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Let errors of other validators lead to the first box."""
        if self.errors and not self.wrong_parts:
            self.wrong_parts = self.parts

    def _whole(self, text: str, part: str, sentence: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise self.refuse(sentence, part)
        return int(text)

    def _year(self, text: str) -> int:
        example = date.today().year + ERA  # noqa: DTZ011  # only an example
        year = self._whole(text, "year", gettext("Enter the year, like %(year)d", year=example))
        try:
            return gregorian(year)
        except ValueError:
            raise self.refuse(
                gettext(
                    "There is no year %(typed)d here: enter it with four digits, "
                    "like %(be)d in the Buddhist Era or %(ce)d",
                    typed=year,
                    be=example,
                    ce=example - ERA,
                ),
                "year",
            ) from None

    @property
    def in_words(self) -> str:
        """The value in words, so that a mixed-up era is seen before it matters."""
        raise NotImplementedError


class BEDateField(_PartsField):
    """A day: three boxes. Takes both eras; `data` is a date, which knows no era."""

    parts = ("day", "month", "year")

    def written(self) -> dict[str, str]:
        """Return day, month and Buddhist year."""
        day = self.data
        return (
            {"day": str(day.day), "month": str(day.month), "year": str(day.year + ERA)}
            if day
            else dict.fromkeys(self.parts, "")
        )

    def read(self, *texts: str) -> date:
        """Return the date; the error names the box."""
        day = self._whole(texts[0], "day", gettext("Enter the day as a number, like 15"))
        month = self._whole(texts[1], "month", gettext("Enter the month as a number, 1 to 12"))
        if not 1 <= month <= 12:
            raise self.refuse(gettext("Enter the month as a number, 1 to 12"), "month")
        year = self._year(texts[2])
        try:
            return date(year, month, day)
        except ValueError:
            raise self.refuse(gettext("That month has no such day"), "day") from None

    @property
    def in_words(self) -> str:
        """The date in words."""
        return show_date(self.data) if self.data else ""


class BEMonthField(_PartsField):
    """A month: chosen by its name, the year typed. `data` is the first day of it."""

    parts = ("month", "year")

    def written(self) -> dict[str, str]:
        """Return month and Buddhist year."""
        month = self.data
        return (
            {"month": str(month.month), "year": str(month.year + ERA)}
            if month
            else dict.fromkeys(self.parts, "")
        )

    def choices(self) -> list[tuple[str, str]]:
        """Return the names of the months."""
        names = get_month_names("wide", locale=language())
        return [(str(number), names[number]) for number in range(1, 13)]

    def read(self, *texts: str) -> date:
        """Return the first day of the month."""
        month = self._whole(texts[0], "month", gettext("Choose the month"))
        if not 1 <= month <= 12:
            raise self.refuse(gettext("Choose the month"), "month")
        return date(self._year(texts[1]), month, 1)

    @property
    def in_words(self) -> str:
        """The month in words."""
        return show_date(self.data, "month") if self.data else ""
