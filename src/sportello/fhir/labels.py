"""What makes a resource sensitive: only those with the right for it are shown it, at every door."""

from collections.abc import Sequence

from sportello.fhir.ports import SensitiveParts
from sportello.kit.database import Database, Transaction
from sportello.kit.house import House

# http://terminology.hl7.org/CodeSystem/v3-Confidentiality and the sensitivity policies of v3-ActCode. Others are not
# told that something is missing.
SENSITIVE = frozenset({"R", "V", "ETH", "GDIS", "HIV", "MST", "PREGNANT", "PSY", "SCA", "SDV", "SEX", "SPI",
                       "BH", "COGN", "DVD", "EMOTDIS", "MH", "PSYTHPN", "SUD", "ETHUD", "OPIOIDUD", "STD",
                       "VIO", "SICKLE", "TBOO"})  # fmt: skip


async def sensitive_tokens(house: House, reader: Database | Transaction) -> Sequence[str]:
    """One of these tokens makes a resource sensitive; asked within the reading itself, so always as it stands."""
    if SensitiveParts in house.ports:
        parts: SensitiveParts = house.port(SensitiveParts)
        return await parts.tokens(reader)
    return [f"security|*|{code}" for code in sorted(SENSITIVE)]
