"""A bot on Microsoft's 365 Agents SDK for Python, as its samples are written: it greets, answers, fails, hands over.

Runs in the kit's own environment; takes its port, and says when it is ready.
"""

import asyncio
import sys

from aiohttp import web
from microsoft_agents.activity import Activity
from microsoft_agents.hosting.aiohttp import CloudAdapter
from microsoft_agents.hosting.core import ActivityHandler, TurnContext
from microsoft_agents.hosting.core.authorization import AgentAuthConfiguration, AnonymousTokenProvider


class Anonymous:
    """No cloud, no registration: the kit insists on somebody who gives tokens, so it gets nobody."""

    def get_connection(self, connection_name):
        return AnonymousTokenProvider()

    def get_default_connection(self):
        return AnonymousTokenProvider()

    def get_token_provider(self, claims_identity, service_url):
        return AnonymousTokenProvider()

    def get_token_provider_from_activity(self, identity, activity):
        return AnonymousTokenProvider()

    def get_default_connection_configuration(self):
        return AgentAuthConfiguration(anonymous_allowed=True)


class Desk(ActivityHandler):
    """Says back what it hears."""

    async def on_members_added_activity(self, members_added, turn_context: TurnContext):
        for member in members_added:
            if member.id != turn_context.activity.recipient.id:
                await turn_context.send_activity("Benvenuta dal bot su Agents SDK")

    async def on_message_activity(self, turn_context: TurnContext):
        text = turn_context.activity.text or ""
        if "rompi" in text:
            raise RuntimeError("bot failure")
        if "spostare" in text:
            value = {"va_AgentMessage": "Vuole una persona", "va_LastTopic": "Visite"}
            await turn_context.send_activity("La passo a una persona")
            await turn_context.send_activity(Activity(type="event", name="handoff.initiate", value=value))
            return
        await turn_context.send_activity(f"Agents ha sentito: {text} ({turn_context.activity.locale})")


async def main() -> None:
    adapter, desk = CloudAdapter(connection_manager=Anonymous()), Desk()

    async def messages(request: web.Request) -> web.Response:
        return await adapter.process(request, desk)

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
