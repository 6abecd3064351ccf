-- +goose Up
-- What people decided: one row an entry. Everything that is counted is counted elsewhere, at the time of asking.
create table programme_fact (
  unit       {{text}} not null,   -- whose it is: of an order the unit that is ordered, else the unit that wrote it
  kind       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  leaf       {{text}} not null,
  acting     {{text}} not null,   -- the unit that wrote it
  at         bigint not null,     -- ms UTC
  operator   {{text}} not null,
  from_on    {{text}} not null,   -- of a report and a notice; empty: none
  to_on      {{text}} not null,
  body       {{text}} not null,   -- JSON, byte for byte as the entry carries it
  primary key (unit, kind, subject, stream, generation, seq)
) {{strict}};
create index programme_fact_subject on programme_fact (subject);
create index programme_fact_kind on programme_fact (kind, unit, from_on);
