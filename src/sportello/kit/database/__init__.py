"""PostgreSQL: the pool and its transactions, the embedded server, the migrations."""

from sportello.kit.database.pool import Busy, Database
from sportello.kit.database.transaction import Errand, Transaction

__all__ = ["Busy", "Database", "Errand", "Transaction"]
