"""The words by which banks call their columns, in seven languages, and the words inside some of them."""

import re
from collections.abc import Sequence
from functools import lru_cache

from transactions.importing.formats.text import plain_letters

# Heading words per role, the best first: the first one wins where several columns have the same role.
_WORDS = {
    "date": "date|transaction date|booking date|date posted|posting date|posted date|post date|posted|buchungstag|"
    "buchungsdatum|datum|buchung|date operation|date de l operation|date d operation|date de comptabilisation|"
    "date comptable|fecha|fecha operacion|fecha de operacion|fecha contable|data|data mov|data movimento|"
    "data da transacao|data lancamento|data do lancamento|boekdatum|boekingsdatum|transactiedatum|started date|"
    "completed date|value date|valuta|valutadatum|wertstellung|date valeur|date de valeur|fecha valor|data valor|"
    "rentedatum",
    "description": "description|transaction description|transaction details|details|narrative|narration|payee|"
    "merchant|merchant name|partner name|counterparty|counterparty name|beneficiary|name|particulars|"
    "beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|auftraggeber empfanger|zahlungsempfanger|"
    "empfanger|name zahlungsbeteiligter|beschreibung|libelle|libelle operation|libelle simplifie|designation|"
    "intitule|nature de l operation|descripcion|concepto|detalle|movimiento|descricao|historico|descritivo|"
    "lancamento|omschrijving|naam omschrijving|naam tegenpartij|naam|text|buchungstext",
    "comment": "notes|note|memo|comment|comments|reference|payment reference|payment details|remarks|"
    "verwendungszweck|kommentar|bemerkung|notiz|commentaire|remarque|communication|informations complementaires|"
    "observaciones|observacoes|mededelingen|opmerking",
    "amount": "amount|transaction amount|betrag|umsatz|montant|importe|monto|cantidad|valor|montante|quantia|"
    "importancia|bedrag|transactiebedrag|value",
    "debit": "debit|debits|debit amount|amount debit|withdrawal|withdrawals|withdrawal amount|money out|paid out|"
    "out|soll|ausgaben|ausgang|belastung|montant debit|depenses|cargo|cargos|debe|retiro|debito|debitos|saida|"
    "saidas|uit|uitgaven|afschrijving",
    "credit": "credit|credits|credit amount|amount credit|deposit|deposits|deposit amount|money in|paid in|in|"
    "haben|einnahmen|eingang|gutschrift|montant credit|recettes|abono|abonos|haber|ingreso|deposito|credito|"
    "creditos|entrada|entradas|bij|inkomsten|bijschrijving",
    "flag": "type|transaction type|debit credit|credit debit|dr cr|cr dr|d c|c d|dc|indicator|debit credit indicator|"
    "credit debit indicator|soll haben|soll haben kennzeichen|s h|sens|tipo|af bij|debet credit",
    "balance": "balance|running balance|account balance|saldo|saldo nach buchung|kontostand|solde|saldo disponible",
    "currency": "currency|ccy|wahrung|devise|moneda|divisa|moeda|munt|valuta code",
    "account": "account|account number|account no|card no|card number|iban|auftragskonto|konto|kontonummer|"
    "numero de compte|compte|cuenta|numero de cuenta|conta|rekening|rekeningnummer",
}
_ROLES = {word: (role, rank) for role, words in _WORDS.items() for rank, word in enumerate(words.split("|"))}
# One of these among other words is enough, unless a word beside it says that it is another's.
_LOOSE = {
    "date": {"date", "datum", "fecha", "data"},
    "amount": {"amount", "betrag", "montant", "importe", "bedrag"},
    "balance": {"balance", "saldo", "solde"},
    "description": {"description", "libelle", "descripcion", "descricao", "omschrijving"},
}
_OTHERS = {
    "original",
    "foreign",
    "fee",
    "fees",
    "tax",
    "exchange",
    "local",
    "account",
    "code",
    "id",
    "check",
    "cheque",
}
CURRENCY_CODES = {
    "usd", "eur", "gbp", "zar", "cad", "aud", "bwp", "zmw", "ngn", "kes", "ghs", "ugx", "tzs", "etb", "rwf", "mwk",
    "brl", "mxn", "php", "inr", "jpy", "chf", "nzd",
}  # fmt: skip
_OUT = {
    "debit", "debet", "d", "dr", "db", "withdrawal", "out", "soll", "s", "lastschrift", "belastung", "cargo", "debito",
    "af", "expense", "sale",
}  # fmt: skip
_IN = {
    "credit", "c", "cr", "deposit", "in", "haben", "h", "gutschrift", "abono", "credito", "bij", "income", "refund",
}  # fmt: skip
_TOTALS = {
    "total", "totals", "totaal", "summe", "gesamt", "subtotal", "balance", "saldo", "solde", "kontostand",
    "opening balance", "closing balance", "ending balance", "beginning balance", "anfangssaldo", "endsaldo",
    "balance brought forward", "balance carried forward",
}  # fmt: skip


@lru_cache(maxsize=1024)
def heading_words(cell: str) -> str:
    """A heading as plain words: no accents, brackets, punctuation or currency code."""
    words = re.sub(r"[^a-z0-9]+", " ", plain_letters(re.sub(r"\([^)]*\)", " ", cell[:80]))).split()
    return " ".join(word for word in words if word not in CURRENCY_CODES) if len(words) < 8 else ""


def heading_role(cell: str) -> tuple[str, int] | None:
    """(role, rank) of a heading; a lower rank is a better fit."""
    name = heading_words(cell)
    if name in _ROLES:
        return _ROLES[name]
    words = set(name.split())
    return next(((role, 1000) for role, loose in _LOOSE.items() if words & loose and not words & _OTHERS), None)


def is_total(cell: str) -> bool:
    return heading_words(cell.rstrip(":0123456789.,- ")) in _TOTALS


def direction(cell: str) -> int:
    """-1 for a word that says debit, 1 for one that says credit, 0 for anything else."""
    word = heading_words(cell)
    return (word in _IN) - (word in _OUT)


def roles_of(cells: Sequence[str]) -> dict[str, list[int]]:
    """The columns of each role, the best first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for column, cell in enumerate(cells):
        if role := heading_role(cell):
            found.setdefault(role[0], []).append((role[1], column))
    return {role: [column for _, column in sorted(ranked)] for role, ranked in found.items()}
