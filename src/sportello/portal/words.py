"""The widget's texts by name, in both languages, taken from the translations when the widget is put together."""

from sportello.kit.i18n import LANGUAGES, N_, translate

WORDS = {
    "chat": N_("Chat with us"),
    "title": N_("Chat with %(name)s"),
    "close": N_("Close the chat"),
    "conversation": N_("Conversation"),
    "newer": N_("New messages below"),
    "choices": N_("Suggested answers"),
    "message": N_("Your message"),
    "placeholder": N_("Write a message"),
    "send": N_("Send"),
    "attach": N_("Attach a file or a picture"),
    "download": N_("Download: %(name)s"),
    "gone_file": N_("This file is no longer kept."),
    "file_sent": N_("File sent: %(name)s"),
    "end": N_("End the chat"),
    "ended": N_("This conversation has ended. Thank you for writing to us."),
    "resting": N_("This conversation has ended. Thank you for writing to us. Write again here to go on with it."),
    "new_conversation": N_("Start a new conversation"),
    "emergency": N_("In an emergency call %(number)s."),
    "you": N_("You"),
    "bot": N_("Automatic assistant"),
    "hospital": N_("Hospital"),
    "article": N_("Information"),
    "sending": N_("Sending"),
    "failed": N_("Message not sent"),
    "sent": N_("Sent"),
    "seen": N_("Seen"),
    "not_sent": N_("The message could not be sent."),
    "no_network": N_("There is no connection. Try again in a moment."),
    "retry": N_("Try again"),
    "discard": N_("Discard"),
    "removed": N_("This message was removed."),
    "typing": N_("Writing…"),
    "unread_one": N_("1 unread message"),
    "unread_many": N_("%(count)s unread messages"),
    "queued": N_("You are in the queue. A person will answer you here; you can leave this page and come back."),
    "next": N_("You are next in the queue."),
    "place": N_("Your place in the queue: %(place)s."),
    "next_wait": N_("You are next in the queue: about %(minutes)s min."),
    "place_wait": N_("Your place in the queue: %(place)s, about %(minutes)s min."),
    "call_phone": N_("Your telephone number, if you would rather be called back"),
    "call_me": N_("Call me back"),
    "call_kept": N_("Thank you. We will call you at %(phone)s."),
    "joined": N_("%(name)s has joined the conversation."),
    "also": N_("%(name)s answers you too now."),
    "gone": N_("%(name)s has left the conversation."),
    "none": "",
    "connecting": N_("Connecting…"),
    "online": N_("Connected"),
    "polling": N_("Connected, with short delays"),
    "offline": N_("No connection: your messages are kept and sent as soon as it is back."),
    "welcome": N_(
        "Hello! This is %(name)s. An automatic assistant answers first; you can ask for a person at any time."
    ),
    "wish_hours": N_("Opening hours"),
    "wish_visit": N_("I would like to move my visit"),
    "wish_person": N_("I would like to speak with a person"),
}


def texts() -> dict[str, dict[str, str]]:
    """Every text by language and name; places such as %(name)s are left for the widget to fill."""
    return {
        language: {name: translate(language, message) if message else "" for name, message in WORDS.items()}
        for language in LANGUAGES
    }
