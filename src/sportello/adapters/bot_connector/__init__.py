"""The Bot Connector's side that a bot sees: a bot written with Microsoft's 365 Agents SDK or Bot Framework SDK, on a
server of the hospital's, is the hospital's bot without any cloud between.
"""
