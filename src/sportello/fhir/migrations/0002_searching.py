"""What search parameters ask of a resource's elements, as functions: dates of any precision, codes, words."""

from alembic import op

revision = "fhir_0002"
down_revision = "fhir_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        r"""
        create index resource_type_at on fhir.resource (type, at) where at is not null;
        create index resource_type_at_end on fhir.resource (type, coalesce(at_end, 'infinity')) where at is not null;
        create index history_type_updated on fhir.history (type, updated desc);

        -- A FHIR date, dateTime or instant of any precision as the instants that it covers; null when it is none.
        create function fhir.moment(t text) returns tstzrange language plpgsql immutable strict parallel safe as $$
        declare d timestamptz;
        begin
            if t ~ '^\d{4}$' then
                d := make_timestamptz(t::int, 1, 1, 0, 0, 0, 'UTC'); return tstzrange(d, d + interval '1 year');
            elsif t ~ '^\d{4}-\d\d$' then
                d := make_timestamptz(left(t, 4)::int, right(t, 2)::int, 1, 0, 0, 0, 'UTC');
                return tstzrange(d, d + interval '1 month');
            elsif t ~ '^\d{4}-\d\d-\d\d$' then
                d := make_timestamptz(left(t, 4)::int, substr(t, 6, 2)::int, right(t, 2)::int, 0, 0, 0, 'UTC');
                return tstzrange(d, d + interval '1 day');
            elsif t ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d' then
                d := t::timestamptz; return tstzrange(d, d + interval '1 second');
            end if;
            return null;
        exception when others then return null;
        end $$;
        alter function fhir.moment(text) set timezone = 'UTC';

        -- The instants of a date, a Period (open ends included) or a Timing's events.
        create function fhir.span(v jsonb) returns tstzrange language plpgsql immutable strict parallel safe as $$
        declare s tstzrange; e tstzrange; one jsonb;
        begin
            if jsonb_typeof(v) = 'string' then
                return fhir.moment(v #>> '{}');
            elsif jsonb_typeof(v) <> 'object' then
                return null;
            elsif v ? 'start' or v ? 'end' then
                s := fhir.moment(v ->> 'start'); e := fhir.moment(v ->> 'end');
                if s is null and e is null then return null; end if;
                if lower(s) > upper(e) then return null; end if;
                return tstzrange(lower(s), upper(e));
            elsif v ? 'event' then
                for one in select jsonb_array_elements(v -> 'event') loop
                    s := range_merge(coalesce(s, fhir.span(one)), coalesce(fhir.span(one), s));
                end loop;
                return s;
            elsif jsonb_typeof(v #> '{repeat,boundsPeriod}') = 'object' then
                return fhir.span(v #> '{repeat,boundsPeriod}');
            end if;
            return null;
        exception when others then return null;
        end $$;

        -- What a token parameter sees in an element: codes, codings, concepts, identifiers, contact points, booleans.
        create function fhir.tokens_of(v jsonb) returns table (system text, code text, words text)
        language sql immutable strict parallel safe as $$
            select null, v #>> '{}', null where jsonb_typeof(v) in ('string', 'boolean', 'number')
            union all
            select c ->> 'system', c ->> 'code', concat_ws(' ', c ->> 'display', v ->> 'text')
            from jsonb_array_elements(
                case when jsonb_typeof(v -> 'coding') = 'array' then v -> 'coding' else '[]' end) c
            where jsonb_typeof(c) = 'object'
            union all
            select null, null, v ->> 'text'
            where jsonb_typeof(v) = 'object' and v ? 'text' and not v ? 'coding'
            union all
            select v ->> 'system', coalesce(v ->> 'code', v ->> 'value'), coalesce(v ->> 'display', v #>> '{type,text}')
            where jsonb_typeof(v) = 'object' and not v ? 'coding' and (v ? 'code' or v ? 'value')
        $$;

        -- What a string parameter sees: a text, or the parts of a name or an address.
        create function fhir.words_of(v jsonb) returns setof text language sql immutable strict parallel safe as $$
            select v #>> '{}' where jsonb_typeof(v) = 'string'
            union all
            select p #>> '{}'
            from unnest(array['family', 'given', 'prefix', 'suffix', 'text', 'line', 'city', 'district', 'state',
                              'postalCode', 'country']) k,
                 jsonb_path_query(case when jsonb_typeof(v) = 'object' then v -> k end,
                                  'lax $[*] ? (@.type() == "string")') p
        $$;

        create function fhir.folded(t text) returns text language sql stable strict parallel safe as $$
            select lower(unaccent(replace(t, '’', '''')))
        $$;
        """
    )
