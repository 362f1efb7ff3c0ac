"""NATS core as the bus between several serving processes; deletable: without it a single process serves."""
