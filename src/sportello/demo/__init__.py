"""An invented hospital to try everything in: people, records, calendars, articles, scripts, mail, living traffic."""
