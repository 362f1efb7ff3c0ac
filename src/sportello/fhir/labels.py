"""Which security labels make a resource sensitive: only those with the right for it are shown it, at every door."""

# http://terminology.hl7.org/CodeSystem/v3-Confidentiality and the sensitivity policies of v3-ActCode. Others are not
# told that something is missing.
SENSITIVE = frozenset({"R", "V", "ETH", "GDIS", "HIV", "MST", "PREGNANT", "PSY", "SCA", "SDV", "SEX", "SPI",
                       "BH", "COGN", "DVD", "EMOTDIS", "MH", "PSYTHPN", "SUD", "ETHUD", "OPIOIDUD", "STD",
                       "VIO", "SICKLE", "TBOO"})  # fmt: skip
