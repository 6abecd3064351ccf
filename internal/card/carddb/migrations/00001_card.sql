-- +goose Up
-- One row an entry about an application. unit is the station that accepted it, whoever wrote the entry.
create table card_step (
  unit        {{text}} not null,
  application {{text}} not null,
  stream      {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  leaf        {{text}} not null,
  kind        {{text}} not null,
  round       bigint not null,
  attempt     bigint not null,
  at          bigint not null,          -- ms UTC
  acting      {{text}} not null,        -- the unit that wrote it
  operator    {{text}} not null,
  cause       {{text}} not null,        -- leaf of the entry that it answers; empty: none
  body        {{text}} not null,        -- JSON, byte for byte as the entry carries it
  primary key (unit, application, stream, generation, seq)
) {{strict}};
create index card_step_application on card_step (application);

-- Derived from all the steps of an application.
create table card_application (
  unit          {{text}} not null,
  application   {{text}} not null,
  resident      {{text}} not null,
  tenure        {{text}} not null,
  acceptance_no {{text}} not null,
  kind          {{text}} not null,
  reason        {{text}} not null,
  slip          {{text}} not null,
  opened_at     bigint not null,
  number        {{text}} not null,
  name          {{text}} not null,
  pinyin        {{text}} not null,
  round         bigint not null,
  attempt       bigint not null,
  stage         {{text}} not null,
  since         bigint not null,        -- at of the step that made the stage
  promised_on   {{text}} not null,
  class         {{text}} not null,      -- of the maker's rejection; empty: none
  card_order    {{text}} not null,
  card_no       {{text}} not null,
  package       {{text}} not null,
  valid_from    {{text}} not null,
  valid_to      {{text}} not null,
  handed_on     {{text}} not null,
  lost          bigint not null,
  withdrawal    {{text}} not null,
  replaces      {{text}} not null,      -- application of the card that was taken in or declared lost
  primary key (unit, application)
) {{strict}};
create index card_application_id on card_application (application);
create index card_application_resident on card_application (resident);
create index card_application_number on card_application (number);
create index card_application_tenure on card_application (tenure);
create index card_application_acceptance on card_application (acceptance_no);
create index card_application_card on card_application (card_no);
create index card_application_stage on card_application (stage, unit, application);

-- Running numbers of a station's day (GA 214.4).
create table card_number (
  unit        {{text}} not null,
  day         {{text}} not null,
  running     bigint not null,
  application {{text}} not null,
  generation  bigint not null,
  primary key (unit, day, running, application)
) {{strict}};
create index card_number_application on card_number (application);

-- unit is the city.
create table card_order (
  unit     {{text}} not null,
  card_order {{text}} not null,
  digest   {{text}} not null,           -- of order.jsonl, and the name of its blob
  cards    bigint not null,
  at       bigint not null,
  operator {{text}} not null,
  primary key (unit, card_order)
) {{strict}};

create table card_feedback (
  unit       {{text}} not null,
  digest     {{text}} not null,         -- of feedback.jsonl, and the name of its blob
  card_order {{text}} not null,
  made       bigint not null,
  rejected   bigint not null,
  dispatched bigint not null,
  exceptions bigint not null,
  at         bigint not null,
  operator   {{text}} not null,
  primary key (unit, digest)
) {{strict}};

-- Cards on their way: unit is the sender; for a package of the maker's it is the city, which received it.
create table card_consignment (
  unit        {{text}} not null,
  consignment {{text}} not null,
  receiver    {{text}} not null,
  subject     {{text}} not null,        -- of the stating entry: the consignment, or the order of the maker's feedback
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, consignment)
) {{strict}};
create index card_consignment_id on card_consignment (consignment);

create table card_consignment_card (
  unit        {{text}} not null,
  consignment {{text}} not null,
  card_no     {{text}} not null,
  application {{text}} not null,
  home        {{text}} not null,
  subject     {{text}} not null,
  primary key (unit, consignment, card_no)
) {{strict}};
create index card_consignment_card_no on card_consignment_card (card_no);

-- unit is the one that counted.
create table card_consignment_count (
  unit        {{text}} not null,
  consignment {{text}} not null,
  listed      bigint not null,
  found       bigint not null,
  missing     bigint not null,
  surplus     bigint not null,
  wrong       bigint not null,
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, consignment)
) {{strict}};

create table card_count_card (
  unit        {{text}} not null,
  consignment {{text}} not null,
  card_no     {{text}} not null,
  application {{text}} not null,
  home        {{text}} not null,
  verdict     {{text}} not null,
  primary key (unit, consignment, card_no)
) {{strict}};
create index card_count_card_no on card_count_card (card_no);
create index card_count_card_odd on card_count_card (unit, card_no) where verdict in ('surplus', 'wrong');
