"""Languages, money and dates as mails write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_LANGUAGE = "en"
NO_BREAK = "\N{NO-BREAK SPACE}"

# ISO 4217: how many digits the minor unit has, where they are not two.
MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}

MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
}

INTERVALS = {
    "en": {"monthly": "paid monthly", "yearly": "paid yearly"},
    "de": {"monthly": "monatlich bezahlt", "yearly": "jährlich bezahlt"},
}


def language_of(locale: str, offered: frozenset[str]) -> str:
    """The language of `locale` (`de`, `de-AT`, `de_CH`) if it is offered, else English."""
    language = locale.replace("_", "-").split("-", 1)[0].lower()
    return language if language in offered else DEFAULT_LANGUAGE


def plan_name(plan: str, *, language: str) -> str:
    """A plan as people call it: `pro_monthly` is `Pro, paid monthly`; one without an interval we know is only capitalised."""
    tier, _, interval = plan.partition("_")
    paid = INTERVALS[language].get(interval)
    return f"{tier.capitalize()}, {paid}" if paid else plan.replace("_", " ").capitalize()


def money(amount: int, currency: str, *, language: str) -> str:
    """`amount` minor units of an ISO 4217 currency: 190000 EUR is `€1,900.00`, in German `1.900,00 €`."""
    currency = currency.upper()
    digits = MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(abs(amount), 10**digits)
    fraction = f"{rest:0{digits}d}" if digits else ""
    minus = "-" if amount < 0 else ""
    sign = SIGNS.get(currency, currency)
    if language == "de":
        number = f"{whole:,}".replace(",", ".") + (f",{fraction}" if fraction else "")
        return f"{minus}{number}{NO_BREAK}{sign}"
    number = f"{whole:,}" + (f".{fraction}" if fraction else "")
    return f"{minus}{sign}{NO_BREAK if sign == currency else ''}{number}"


def day(at: datetime, *, timezone: str, language: str) -> str:
    """The day of `at` where the person lives: `22 November 2026`. An unknown time zone counts as UTC."""
    try:
        local = at.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = at.astimezone(UTC)
    month = MONTHS.get(language, MONTHS[DEFAULT_LANGUAGE])[local.month - 1]
    return f"{local.day}. {month} {local.year}" if language == "de" else f"{local.day} {month} {local.year}"
