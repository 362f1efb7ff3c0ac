"""The plan in words: what a rule, an opening or an overflow means, so that nobody has to guess."""

from msgspec import Struct

from sportello.kit.i18n import N_, translate
from sportello.routing.authoring.differences import Difference
from sportello.routing.authoring.fields import PARTS, Field
from sportello.routing.plan.parts import Hours, Overflow, Plan, Rule
from sportello.routing.plan.words import Condition, Need

_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_AFTER_WORDS = {"added": N_("is new"), "removed": N_("is taken away"), "order": N_("are in another order")}


class Words(Struct, frozen=True):
    """Says parts of a plan in one language; the templates' only way to do so."""

    language: str

    def rule(self, plan: Plan, rule: Rule) -> str:
        """A rule as a sentence."""
        conditions = [self.condition(one) for one in rule.when]
        queue = plan.queue(rule.queue).name.said(self.language)
        if conditions:
            joined = self._(N_("and")).join(f" {one} " for one in conditions).strip()
            said = self._(N_("If %(conditions)s: to the queue %(queue)s"), conditions=joined, queue=queue)
        else:
            said = self._(N_("Everything else: to the queue %(queue)s"), queue=queue)
        if rule.needs:
            said += self._(N_(", to agents with %(skills)s"), skills=self.needs(rule.needs))
        if rule.priority:
            said += self._(N_(", more urgent by %(number)s"), number=str(rule.priority))
        return said + "."

    def condition(self, one: Condition) -> str:
        """A condition as a phrase."""
        fact = self.label("workstreams", "rules 1.when 1.fact", one.fact)
        values = (" " + self._(N_("or")) + " ").join(one.values)
        text = N_("%(fact)s is not %(values)s") if one.negated else N_("%(fact)s is %(values)s")
        return self._(text, fact=fact, values=values)

    def needs(self, needs: tuple[Need, ...]) -> str:
        """Skills with their levels."""
        return ", ".join(f"{one.skill} {one.level}" if one.level > 1 else one.skill for one in needs)

    def overflow(self, plan: Plan, one: Overflow) -> str:
        """What is done in trouble, as a sentence."""
        when = self.label("queues", "overflow 1.when", one.when)
        then = self.label("queues", "overflow 1.then", one.then)
        if one.limit:
            when += f" ({one.limit})"
        if one.queue:
            then += f": {plan.queue(one.queue).name.said(self.language)}"
        return f"{when}: {then}"

    def hours(self, one: Hours) -> list[str]:
        """Openings, a line each."""
        return [
            f"{', '.join(self._(_DAYS[day - 1]) for day in opening.days)}: {opening.opens}-{opening.closes}"
            for opening in one.openings
        ]

    def difference(self, one: Difference) -> str:
        """A difference as a line."""
        kind = self._(PARTS[one.kind].one if one.kind in PARTS else one.kind)
        if one.what != "changed":
            return f"{kind} {one.part} {self._(_AFTER_WORDS[one.what])}".replace("  ", " ")
        name = f"{kind} {one.part}".strip()
        return f"{name}, {self._(self.field_name(one.kind, one.field))}: {one.before or '—'} → {one.after or '—'}"

    def field_name(self, kind: str, path: str) -> str:
        """What a field is called on its form; its path when it has no form."""
        found = _field(kind, path)
        return found.label if found else path

    def label(self, kind: str, path: str, value: str) -> str:
        """A choice's label."""
        found = _field(kind, path)
        options = dict(found.options(_NOTHING, self.language)) if found and found.options else {}
        return self._(options.get(value, value))

    def _(self, text: str, **values: str) -> str:
        return translate(self.language, text, **values)


_NOTHING = Plan((), ())


def words(language: str) -> Words:
    """The words of a language."""
    return Words(language)


def back_to(number: int, language: str) -> str:
    """The note of a version that brings an older one back."""
    return translate(language, N_("Back to version %(number)s"), number=number)


def _field(kind: str, path: str) -> Field | None:
    part = PARTS.get(kind)
    if part is None:
        return None
    plain = ".".join(step.split(" ")[0] for step in path.split("."))
    for field in part.fields:
        if field.path == plain or plain.startswith(field.path + "."):
            return field
    for rows in part.rows:
        for field in rows.fields:
            bare = ".".join(step for step in field.path.split(".") if not step.isdigit())
            if f"{rows.path}.{bare}" == plain:
                return field
    return None
