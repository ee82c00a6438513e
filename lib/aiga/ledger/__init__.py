"""The ledger as notebooks and tests use it: ``ledger.verdict(...)``, ``ledger.table(...)``, ``ledger.load(...)``."""

from aiga.ledger.claims import Band, Claim, Ledger, LedgerError, Paper, PaperSide, load, load_all, stems
from aiga.ledger.evaluation import Estimate, Verdict, estimate, evaluate
from aiga.ledger.recorded import recorded, sources
from aiga.ledger.seeds import mean_of, span
from aiga.ledger.verdicts import Table, report, table, verdict

__all__ = [
    "Band",
    "Claim",
    "Estimate",
    "Ledger",
    "LedgerError",
    "Paper",
    "PaperSide",
    "Table",
    "Verdict",
    "estimate",
    "evaluate",
    "load",
    "load_all",
    "mean_of",
    "recorded",
    "report",
    "sources",
    "span",
    "stems",
    "table",
    "verdict",
]
