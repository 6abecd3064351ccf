-- +goose Up
create table site_unit (
  unit       {{text}} not null,
  founder    {{text}} not null,      -- the unit in whose down stream it was founded
  generation bigint not null,
  seq        bigint not null,
  name       {{text}} not null,
  kind       {{text}} not null,      -- bureau, station, hall, mobile
  founded_at bigint not null,        -- ms UTC
  primary key (unit, founder, generation, seq)
) {{strict}};

create table site_operator (
  unit         {{text}} not null,    -- where the operator works
  operator     {{text}} not null,
  by_unit      {{text}} not null,    -- the unit in whose down stream the appointment was made
  generation   bigint not null,
  seq          bigint not null,
  login        {{text}} not null,
  name         {{text}} not null,
  roles        {{text}} not null,    -- JSON list
  from_on      {{text}} not null,
  appointed_by {{text}} not null,    -- operator
  primary key (unit, operator, by_unit, generation, seq)
) {{strict}};
create index site_operator_login on site_operator (login);

create table site_operator_end (
  unit       {{text}} not null,      -- where the operator worked
  operator   {{text}} not null,
  by_unit    {{text}} not null,      -- the unit that ended the appointment
  generation bigint not null,
  seq        bigint not null,
  ended_on   {{text}} not null,
  ground     {{text}} not null,
  ended_by   {{text}} not null,      -- operator
  primary key (unit, operator, by_unit, generation, seq)
) {{strict}};
