"""A bot on the archived Bot Framework SDK for Python (botbuilder), as hospitals still have them.

Runs in the kit's own environment; takes its port, and says when it is ready.
"""

import asyncio
import sys

from aiohttp import web
from botbuilder.core import ActivityHandler, BotFrameworkAdapterSettings, TurnContext
from botbuilder.integration.aiohttp import BotFrameworkHttpAdapter
from botbuilder.schema import Activity, CardAction, SuggestedActions


class Desk(ActivityHandler):
    """Says back what it hears, with buttons; hands over as bots for Omnichannel do."""

    async def on_members_added_activity(self, members_added, turn_context: TurnContext):
        for member in members_added:
            if member.id != turn_context.activity.recipient.id:
                await turn_context.send_activity("Benvenuta dal bot su botbuilder")

    async def on_message_activity(self, turn_context: TurnContext):
        text = turn_context.activity.text or ""
        if "rompi" in text:
            raise RuntimeError("bot failure")
        if "spostare" in text:
            tags = '{"type":"Escalate","context":{"BotHandoffTopic":"Esami","IDNumber":101}}'
            await turn_context.send_activity("La trasferisco")
            await turn_context.send_activity(
                Activity(type="message", text="Riassunto riservato", channel_data={"tags": tags})
            )
            return
        actions = [CardAction(type="imBack", title="Orari", value="orari")]
        said = Activity(type="message", text=f"Botbuilder ha sentito: {text}")
        said.suggested_actions = SuggestedActions(actions=actions)
        await turn_context.send_activity(said)


async def main() -> None:
    adapter, desk = BotFrameworkHttpAdapter(BotFrameworkAdapterSettings("", "")), Desk()

    async def messages(request: web.Request) -> web.Response:
        await adapter.process(request, web.WebSocketResponse(), desk)
        return web.Response(status=201)

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]))
    await site.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main())
