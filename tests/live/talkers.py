"""Patients who write at a given rate whether or not the server keeps up, agents and a supervisor who read along."""

import asyncio
import gc
import json
import random
import sys
import time
from collections import Counter
from typing import Any

from tests.live.sockets import Frame, Player

TEXT = "Buongiorno, vorrei spostare la visita di giovedì alle nove: posso venire anche un altro giorno? "


class Step:
    """What one rate gave, counted by those who read."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.sent = 0
        self.acked = self.in_time = 0
        self.refused: Counter[str] = Counter()
        self.late: list[float] = []
        self.seen: Counter[tuple[str, int]] = Counter()
        self.began = self.ended = 0.0


class Hall:
    """All sockets of a trial, and the step under way."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.step = Step(0)
        self.patients: list[tuple[Player, str]] = []
        self.readers: list[Player] = []

    async def open(self) -> None:
        """Opens every socket and waits until every stream is followed."""
        url = self.plan["url"]
        for patient in self.plan["patients"]:
            player = await Player(self._patient_hears).open(url, token=patient["token"])
            player.say({"t": "follow", "s": patient["stream"], "after": patient["after"]})
            self.patients.append((player, patient["stream"]))
        for reader in self.plan["agents"] + self.plan["supervisors"]:
            hears = self._agent_hears if reader in self.plan["agents"] else self._ignores
            player = await Player(hears).open(url, token=reader.get("token", ""), cookie=reader.get("cookie", ""))
            for stream, after in reader["streams"]:
                player.say({"t": "follow", "s": stream, "after": after})
            self.readers.append(player)
        await asyncio.sleep(1.0)

    async def run(self, rate: int, seconds: float) -> Step:
        """Writes `rate` messages a second for so long, then waits until all has arrived or nothing more does."""
        step = self.step = Step(rate)
        order = list(self.patients)
        random.shuffle(order)
        began = step.began = time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(elapsed * rate)
            for number in range(step.sent, due):
                player, stream = order[number % len(order)]
                self._write(player, stream, number)
            step.sent = max(step.sent, due)
            await asyncio.sleep(0.001)
        step.ended, step.in_time = time.monotonic(), len(step.seen)
        quiet, before = 0.0, -1
        while len(step.seen) < step.sent and quiet < 3.0:
            await asyncio.sleep(0.1)
            quiet = quiet + 0.1 if len(step.seen) == before else 0.0
            before = len(step.seen)
        await asyncio.sleep(0.3)
        return step

    def _write(self, player: Player, stream: str, number: int) -> None:
        bits = random.getrandbits(128)
        client_id = f"{bits:032x}"
        client_id = f"{client_id[:8]}-{client_id[8:12]}-4{client_id[13:16]}-8{client_id[17:20]}-{client_id[20:]}"
        said = f"{TEXT}{number} @{time.monotonic():.6f}"
        player.send(f'{{"t":"post","s":"{stream}","id":"{client_id}","k":"message","b":{{"text":"{said}"}}}}'.encode())

    def _patient_hears(self, _player: Player, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.t == "ack":
                self.step.acked += 1
            elif frame.t == "no":
                self.step.refused[frame.code] += 1

    def _agent_hears(self, _player: Player, frames: list[Frame]) -> None:
        now = time.monotonic()
        step = self.step
        for frame in frames:
            if frame.t == "ev" and frame.by == "patient":
                body = bytes(frame.b)
                start = body.index(b"@") + 1
                sent = float(body[start : body.index(b'"', start)])
                if sent >= step.began:
                    step.seen[frame.s, frame.n] += 1
                    step.late.append(now - sent)

    def _ignores(self, _player: Player, frames: list[Frame]) -> None:
        pass


def told(step: Step) -> dict[str, Any]:
    """The step's figures, as read by those who got the messages."""
    late, lasted = sorted(step.late), step.ended - step.began
    return {
        "rate": step.rate,
        "sent": step.sent,
        "acked": step.acked,
        "refused": dict(step.refused),
        "arrived": len(step.seen),
        "done_per_s": step.in_time / lasted,
        "p50_ms": 1000 * late[len(late) // 2] if late else None,
        "p99_ms": 1000 * late[int(len(late) * 0.99)] if late else None,
        "doubled": sum(count - 1 for count in step.seen.values()),
        "seconds": lasted,
    }


def _answer(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Speaks with the bench by lines: reads `rate seconds`, answers with the figures as JSON."""
    plan = json.loads(sys.stdin.readline())
    hall = Hall(plan)
    await hall.open()
    gc.collect()
    gc.freeze()
    _answer({"open": len(hall.patients) + len(hall.readers)})
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        rate, seconds = line.split()
        _answer(told(await hall.run(int(rate), float(seconds))))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
