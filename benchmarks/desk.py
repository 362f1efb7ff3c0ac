"""The desk in a slowed Chromium: 12 sessions, 50 events a second; longest task, memory, typing, what is loaded first.

The events are messages of the sessions' patients (three in five) and their typing. Now and then somebody switches the
session and types. `gzip` is reckoned: the server leaves compression to the proxy before it.
"""

import argparse
import asyncio
import contextlib
import gzip
import random
import time
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Page, async_playwright

from benchmarks.sockets import _served
from tests.live import stage
from tests.live.sockets import Player

ROOMS = (*stage.ROOMS[:-1], "routing", "scripts", stage.ROOMS[-1], "desk")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--enable-precise-memory-info", "--js-flags=--expose-gc",
]  # fmt: skip
WORDS = "Buongiorno, vorrei spostare la visita di giovedì alle nove: posso venire anche un altro giorno? "
# Kept by the page itself: what a person at this machine would have felt.
WATCH = """
window.felt = { longest: 0, over50: 0, over100: 0, blocked: 0, input: [] };
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    felt.longest = Math.max(felt.longest, duration);
    felt.over50 += 1;
    felt.over100 += duration > 100;
    felt.blocked += duration - 50;
  }
}).observe({ entryTypes: ["longtask"] });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.name === "keydown") felt.input.push(one.duration);
}).observe({ type: "event", durationThreshold: 16 });
"""


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """One row for the whole run."""
    options = argparse.ArgumentParser(prog="bin/bench desk")
    options.add_argument("--minutes", type=float, default=30.0)
    options.add_argument("--sessions", type=int, default=12)
    options.add_argument("--rate", type=int, default=50, help="events a second over all sessions")
    options.add_argument("--slow", type=float, default=4.0, help="how many times slower the browser's processor is")
    asked = options.parse_args(arguments)
    with _served() as (database, server):
        plan = stage.invite(
            database.dsn, database.data, server.url, patients=asked.sessions, agents=1, supervisors=0, rooms=ROOMS
        )
        return [asyncio.run(_measured(plan, asked))]


async def _measured(plan: dict[str, Any], asked: argparse.Namespace) -> dict[str, object]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = await chromium.new_context(viewport={"width": 1366, "height": 768}, locale="it-IT")
        name, _, value = plan["agents"][0]["cookie"].partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": plan["url"]}])
        await context.add_init_script(WATCH)
        page = await context.new_page()
        await page.goto(plan["url"] + "/desk")
        await page.locator("line-status[data-state=good]").wait_for()
        loaded = await _first_load(context, page)
        cdp = await context.new_cdp_session(page)
        await _open_all(page, asked.sessions)
        await cdp.send("Emulation.setCPUThrottlingRate", {"rate": asked.slow})
        before = await _memory(cdp)
        await page.evaluate("felt.longest = felt.over50 = felt.over100 = felt.blocked = 0; felt.input = []")
        sent = await _traffic(plan, page, asked)
        felt = await page.evaluate("felt")
        shown = await page.locator("message-log li[data-sender=patient]").count()
        after = await _memory(cdp)
        await chromium.close()
    delays = sorted(felt["input"]) or [0]
    return {
        "sessions": asked.sessions,
        "events_per_s": round(sent["events"] / (asked.minutes * 60), 1),
        "minutes": asked.minutes,
        "slowed": asked.slow,
        "kb_first_load": loaded,
        "longest_task_ms": round(felt["longest"]),
        "tasks_over_100_ms": felt["over100"],
        "tasks_over_50_ms": felt["over50"],
        "key_p95_ms": round(delays[int(len(delays) * 0.95)]),
        "heap_mb_before": before["heap"],
        "heap_mb_after": after["heap"],
        "nodes_before": before["nodes"],
        "nodes_after": after["nodes"],
        "messages": sent["messages"],
        "rows_kept_in_page": shown,
    }


async def _first_load(context: BrowserContext, page: Page) -> float:
    """kB of the desk with its scripts and styles, compressed."""
    names = await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    total = 0
    for url in {page.url, *names}:
        answer = await context.request.get(url)
        if answer.ok:
            total += len(gzip.compress(await answer.body(), 6))
    return round(total / 1024, 1)


async def _open_all(page: Page, sessions: int) -> None:
    links = page.locator("session-list a[data-session]:not([data-session=home])")
    for place in range(sessions):
        await links.nth(place).click()
        session = await links.nth(place).get_attribute("data-session")
        await page.locator(f"#session-{session}:not([hidden]) message-composer textarea").wait_for()


async def _memory(cdp: CDPSession) -> dict[str, float]:
    await cdp.send("HeapProfiler.enable")
    await cdp.send("HeapProfiler.collectGarbage")
    await cdp.send("Performance.enable")
    found = {one["name"]: one["value"] for one in (await cdp.send("Performance.getMetrics"))["metrics"]}
    return {"heap": round(found["JSHeapUsedSize"] / 1024**2, 1), "nodes": int(found["Nodes"])}


async def _traffic(plan: dict[str, Any], page: Page, asked: argparse.Namespace) -> dict[str, int]:
    """The patients write and type at the rate; meanwhile the agent works."""
    players = [
        (await Player(lambda *_: None).open(plan["url"], token=one["token"]), one["stream"]) for one in plan["patients"]
    ]
    until = time.monotonic() + asked.minutes * 60
    worker = asyncio.create_task(_work(page, until))
    sent = {"events": 0, "messages": 0}
    began = time.monotonic()
    while (now := time.monotonic()) < until:
        while sent["events"] < (now - began) * asked.rate:
            player, stream = random.choice(players)
            if sent["events"] % 5 < 3:
                sent["messages"] += 1
                text = WORDS * random.randint(1, 3)
                frame = {"t": "post", "s": stream, "id": _uuid(), "k": "message", "b": {"text": text}}
                player.say(frame)
            else:
                player.say({"t": "typing", "s": stream})
            sent["events"] += 1
        await asyncio.sleep(0.02)
    with contextlib.suppress(asyncio.CancelledError):
        await worker
    await asyncio.sleep(3)
    for player, _ in players:
        player.close()
    return sent


def _uuid() -> str:
    from sportello.kit.ids import uuid7

    return str(uuid7())


async def _work(page: Page, until: float) -> None:
    """Somebody at the desk: another session, a few words, sent, every few seconds."""
    place = 0
    while time.monotonic() < until - 3:
        place = place % 9 + 1
        await page.keyboard.press(f"Alt+{place}")
        await page.keyboard.type("Un momento, controllo.", delay=60)
        await page.keyboard.press("Enter")
        await asyncio.sleep(2)
