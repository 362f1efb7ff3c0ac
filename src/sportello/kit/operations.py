"""What operators ask of a running server: is it well, and its figures (Prometheus text format)."""

import asyncio

import prometheus_client
from litestar import MediaType, Response, get

import sportello
from sportello.kit.house import House

_PATIENCE = 2.0  # seconds; a load balancer gives up at about that time


@get("/health", opt={"open_door": "load balancers ask without credentials; no data is told"})
async def health(house: House) -> Response[dict[str, str]]:
    """200 when the database answers in time, 503 otherwise."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await house.db.fetchval("select 1")
    except Exception:
        return Response({"status": "database unreachable"}, status_code=503)
    return Response({"status": "well", "version": sportello.__version__})


@get("/metrics", opt={"open_door": "figures without personal data"}, sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Counters and gauges of this process."""
    return Response(prometheus_client.generate_latest(), media_type=MediaType.TEXT)


ROUTES = [health, metrics]
