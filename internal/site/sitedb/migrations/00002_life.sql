-- +goose Up
-- Each table holds the facts of one or a few kinds as they were stated: owner, subject and place of the entry, who wrote it and when. What they come to
-- is derived when it is asked for (package site), so no order of arrival matters.
create table site_stage (
  unit       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,        -- ms UTC
  n          bigint not null,        -- number of the decision; 0: the unit's declaration
  stage      {{text}} not null,      -- empty: the unit's declaration
  on_day     {{text}} not null,
  override   {{text}} not null,
  facts      {{text}} not null,      -- JSON, as measured
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_stop (
  unit       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  stop       {{text}} not null,
  resumed    bigint not null,        -- 1: the stop ends
  on_day     {{text}} not null,
  ground     {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_equipment (
  unit       {{text}} not null,      -- where it stands
  subject    {{text}} not null,      -- the asset
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  n          bigint not null,
  type       {{text}} not null,
  step       {{text}} not null,
  on_day     {{text}} not null,
  serial     {{text}} not null,
  warranty   {{text}} not null,
  supplier   {{text}} not null,
  price_fen  bigint not null,
  sheet      {{text}} not null,
  failed     bigint not null,
  note       {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};
create index site_equipment_asset on site_equipment (subject);

create table site_line (
  unit       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  n          bigint not null,
  state      {{text}} not null,
  carrier    {{text}} not null,
  kbps       bigint not null,
  on_day     {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_outage (
  unit       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  outage     {{text}} not null,
  closed     bigint not null,
  on_day     {{text}} not null,
  cause      {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_course (
  unit       {{text}} not null,      -- that holds it
  subject    {{text}} not null,      -- the course
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  title      {{text}} not null,
  place      {{text}} not null,
  from_on    {{text}} not null,
  until_on   {{text}} not null,
  posts      {{text}} not null,      -- JSON list
  primary key (unit, subject, stream, generation, seq)
) {{strict}};
create index site_course_id on site_course (subject);

create table site_attendance (
  unit       {{text}} not null,      -- the operator's
  subject    {{text}} not null,      -- the operator
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,      -- who recorded it
  at         bigint not null,
  course     {{text}} not null,
  on_day     {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_exam (
  unit       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  post       {{text}} not null,
  exam       {{text}} not null,
  course     {{text}} not null,
  on_day     {{text}} not null,
  place      {{text}} not null,
  paper      {{text}} not null,
  score      bigint not null,
  pass_mark  bigint not null,
  task       {{text}} not null,
  practical  bigint not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_right (
  unit        {{text}} not null,
  subject     {{text}} not null,
  stream      {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  operator    {{text}} not null,
  at          bigint not null,
  what        {{text}} not null,     -- certified, activated, suspended
  post        {{text}} not null,
  n           bigint not null,       -- of activated, suspended
  certificate {{text}} not null,     -- this and the next two: of certified
  exam        {{text}} not null,
  until_on    {{text}} not null,
  on_day      {{text}} not null,
  ground      {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};

create table site_seat (
  unit       {{text}} not null,
  subject    {{text}} not null,      -- the seat
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  body       {{text}} not null,      -- empty: the seat was left
  name       {{text}} not null,
  department {{text}} not null,
  post       {{text}} not null,
  phone      {{text}} not null,
  on_day     {{text}} not null,      -- first day, or last
  primary key (unit, subject, stream, generation, seq)
) {{strict}};
create index site_seat_id on site_seat (subject);

create table site_absence (
  unit       {{text}} not null,
  subject    {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  from_on    {{text}} not null,
  until_on   {{text}} not null,
  stand_in   {{text}} not null,
  ground     {{text}} not null,
  primary key (unit, subject, stream, generation, seq)
) {{strict}};
