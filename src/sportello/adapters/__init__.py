"""Outside systems, one deletable folder each, behind the ports of the rooms."""
