-- +goose Up
-- One row a tenure: its owner's highest version; the entry that opened it fills entered_kind, entered_on and chunk.
create table register_tenure (
  unit         {{text}} not null,   -- the station whose tenure it is
  tenure       {{text}} not null,
  resident     {{text}} not null,
  version      bigint not null,
  state        {{text}} not null,   -- open, moved_out, dead, cancelled
  entered_kind {{text}} not null,   -- empty until the opening entry is here
  entered_on   {{text}} not null,
  exited_kind  {{text}} not null,
  exited_on    {{text}} not null,
  number       {{text}} not null,   -- as registered: it can be wrong, shared, of 15 digits or missing
  name         {{text}} not null,
  pinyin       {{text}} not null,
  pinyin_v     bigint not null,
  sex          {{text}} not null,
  ethnic_group {{text}} not null,
  birth_date   {{text}} not null,
  address      {{text}} not null,
  household_no {{text}} not null,
  relation     {{text}} not null,
  record       {{text}} not null,   -- JSON, byte for byte as the entry carries it
  chunk        {{text}} not null,   -- of the import that opened it; empty: another entry did
  primary key (unit, tenure)
) {{strict}};
create index register_tenure_id on register_tenure (tenure);
create index register_tenure_resident on register_tenure (resident);
create index register_tenure_number on register_tenure (number);
create index register_tenure_pinyin on register_tenure (pinyin, birth_date);

-- The history: one row a change, save that an import's first version stands in its chunk.
create table register_change (
  unit         {{text}} not null,
  tenure       {{text}} not null,
  version      bigint not null,
  kind         {{text}} not null,
  effective_on {{text}} not null,   -- when it became true
  at           bigint not null,     -- when it was registered, ms UTC
  operator     {{text}} not null,
  paper        {{text}} not null,   -- JSON; empty: none
  before       {{text}} not null,   -- JSON of the record before, where the change altered it
  record       {{text}} not null,   -- JSON of the record after
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  primary key (unit, tenure, version)
) {{strict}};

-- Numbers that a tenure had before a correction; they are never given again.
create table register_former_number (
  unit         {{text}} not null,
  number       {{text}} not null,
  tenure       {{text}} not null,
  primary key (unit, number, tenure)
) {{strict}};
create index register_former_number_number on register_former_number (number);

create table register_move_out (
  unit         {{text}} not null,   -- the station moved from
  tenure       {{text}} not null,
  version      bigint not null,
  resident     {{text}} not null,
  to_unit      {{text}} not null,   -- empty: outside the city
  to_tenure    {{text}} not null,
  moved_on     {{text}} not null,
  reason       {{text}} not null,
  request      {{text}} not null,   -- the request that it answers; empty: none
  history      {{text}} not null,   -- digest of the history
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  leaf         {{text}} not null,
  primary key (unit, tenure, version)
) {{strict}};
create index register_move_out_to on register_move_out (to_tenure);

create table register_move_in (
  unit         {{text}} not null,   -- the station moved to
  tenure       {{text}} not null,
  from_unit    {{text}} not null,
  from_tenure  {{text}} not null,
  moved_on     {{text}} not null,
  source       {{text}} not null,   -- stream, paper
  primary key (unit, tenure)
) {{strict}};

create table register_move_answer (
  unit         {{text}} not null,   -- the station moved from
  tenure       {{text}} not null,
  to_tenure    {{text}} not null,
  kind         {{text}} not null,   -- register.arrival_confirmed, register.move_returned
  by_unit      {{text}} not null,   -- it counts when it is the station moved to
  ground       {{text}} not null,
  at           bigint not null,
  primary key (unit, tenure, to_tenure, kind, by_unit)
) {{strict}};

create table register_move_request (
  unit         {{text}} not null,   -- the station that is asked
  request      {{text}} not null,
  by_unit      {{text}} not null,   -- the station that asks
  asked_at     bigint not null,
  body         {{text}} not null,   -- JSON of the request, as the entry carries it; empty until it is here
  refused_at   bigint not null,
  ground       {{text}} not null,
  primary key (unit, request, by_unit)
) {{strict}};

create table register_report (
  unit         {{text}} not null,   -- the unit that is told
  report       {{text}} not null,   -- the place and leaf are those of the entry that told it; an answer names it as its cause
  subject      {{text}} not null,
  by_unit      {{text}} not null,
  at           bigint not null,
  body         {{text}} not null,   -- JSON, as the entry carries it; empty until it is here
  outcome      {{text}} not null,   -- empty: open
  answered_at  bigint not null,
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  leaf         {{text}} not null,
  primary key (unit, report, stream, generation, seq)
) {{strict}};

create table register_missing (
  unit         {{text}} not null,
  tenure       {{text}} not null,
  paper        {{text}} not null,   -- code
  kind         {{text}} not null,   -- of the entry that found it missing; empty until it is here
  asked_on     {{text}} not null,
  brought_on   {{text}} not null,
  primary key (unit, tenure, paper)
) {{strict}};

create table register_range (
  unit               {{text}} not null,   -- the county that allotted it
  range_id           {{text}} not null,
  station            {{text}} not null,
  station_generation bigint not null,     -- it is retired when the station is in a later one
  division           {{text}} not null,
  birth_from         {{text}} not null,
  birth_to           {{text}} not null,
  seq_from           bigint not null,
  seq_to             bigint not null,
  primary key (unit, range_id)
) {{strict}};
create index register_range_station on register_range (station);

create table register_reserved (
  unit         {{text}} not null,
  number       {{text}} not null,
  tenure       {{text}} not null,
  range_id     {{text}} not null,
  primary key (unit, number, tenure)
) {{strict}};
create index register_reserved_number on register_reserved (number);

create table register_chunk (
  unit         {{text}} not null,
  chunk        {{text}} not null,
  blob         {{text}} not null,
  name         {{text}} not null,
  source_file  {{text}} not null,
  source_kind  {{text}} not null,
  lines        bigint not null,
  at           bigint not null,
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  primary key (unit, chunk)
) {{strict}};
create index register_chunk_blob on register_chunk (blob);

-- Who looked whom up, and why: from the access streams.
create table register_look_up (
  unit     {{text}} not null,
  look_up  {{text}} not null,
  at       bigint not null,   -- ms UTC
  operator {{text}} not null,
  purpose  {{text}} not null,
  how      {{text}} not null,   -- number, tenure, name, unit
  wide     bigint not null,   -- 1: more than one person was asked for
  tenures  {{text}} not null,   -- JSON list of those shown; empty for a wide one
  about    {{text}} not null,   -- the station whose residents are exported; empty: none
  primary key (unit, look_up)
) {{strict}};
