-- +goose Up
-- What lists need of an application besides: derived from its steps like the rest.
alter table card_application add column defect {{text}} not null default '';      -- code of the defect that made it a remake; empty: none
alter table card_application add column hold {{text}} not null default '';        -- reason of the hold that stands; empty: none
alter table card_application add column hold_until {{text}} not null default '';  -- day on which the applicant hears again
alter table card_application add column reminders bigint not null default 0;      -- to collect, since the card has been here
alter table card_application add column reminded_at bigint not null default 0;    -- ms UTC; 0: never
alter table card_application add column old_lost {{text}} not null default '';    -- generation of the old card declared lost at the opening

-- Cards found unfit before the hand-over. unit is the station that the card was meant for.
create table card_defect (
  unit        {{text}} not null,
  application {{text}} not null,
  card_no     {{text}} not null,
  code        {{text}} not null,        -- surface, film, body, chip, photo, data
  found_by    {{text}} not null,        -- the unit
  at          bigint not null,          -- ms UTC
  operator    {{text}} not null,
  primary key (unit, application, card_no, found_by, at)
) {{strict}};
create index card_defect_application on card_defect (application);
create index card_defect_card on card_defect (card_no);

-- Old cards taken in. unit is the station that took them.
create table card_old (
  unit        {{text}} not null,
  application {{text}} not null,        -- by which the new card was handed over
  generation  {{text}} not null,
  number      {{text}} not null,        -- printed on it
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, application, generation, number, at)
) {{strict}};
create index card_old_application on card_old (application);

-- Cards destroyed under two names. unit is the one that kept them.
create table card_destruction (
  unit        {{text}} not null,
  destruction {{text}} not null,
  waste       {{text}} not null,        -- old, spoilt, temporary
  day         {{text}} not null,
  second      {{text}} not null,
  cards       bigint not null,
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, destruction)
) {{strict}};
create index card_destruction_id on card_destruction (destruction);

create table card_destroyed (
  unit        {{text}} not null,
  destruction {{text}} not null,
  application {{text}} not null,
  generation  {{text}} not null,
  number      {{text}} not null,
  waste       {{text}} not null,
  primary key (unit, destruction, application, generation, number)
) {{strict}};
create index card_destroyed_id on card_destroyed (destruction);
create index card_destroyed_card on card_destroyed (unit, waste, application, number);

-- Temporary cards: one row an entry, and what the entries give. unit is the station that accepted the application.
create table card_temporary_step (
  unit       {{text}} not null,
  temporary  {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  leaf       {{text}} not null,
  kind       {{text}} not null,
  at         bigint not null,
  acting     {{text}} not null,
  operator   {{text}} not null,
  cause      {{text}} not null,
  body       {{text}} not null,         -- JSON, byte for byte as the entry carries it
  primary key (unit, temporary, stream, generation, seq)
) {{strict}};
create index card_temporary_step_id on card_temporary_step (temporary);

create table card_temporary (
  unit        {{text}} not null,
  temporary   {{text}} not null,
  application {{text}} not null,
  resident    {{text}} not null,
  state       {{text}} not null,        -- applied, made, handed_out, returned, lost
  applied_on  {{text}} not null,
  due_on      {{text}} not null,        -- empty: no limit in law on that day
  sheet       {{text}} not null,
  valid_from  {{text}} not null,
  valid_to    {{text}} not null,
  handed_on   {{text}} not null,
  ended_on    {{text}} not null,
  primary key (unit, temporary)
) {{strict}};
create index card_temporary_id on card_temporary (temporary);
create index card_temporary_application on card_temporary (application);

-- Days of work for which appointments are made. unit is the station.
create table card_session (
  unit     {{text}} not null,
  session  {{text}} not null,
  day      {{text}} not null,
  place    {{text}} not null,           -- window, school, works, home
  name     {{text}} not null,
  at       bigint not null,
  operator {{text}} not null,
  primary key (unit, session)
) {{strict}};
create index card_session_id on card_session (session);
create index card_session_day on card_session (unit, day);

create table card_slot (
  unit     {{text}} not null,
  session  {{text}} not null,
  slot     {{text}} not null,           -- HHMM
  capacity bigint not null,
  primary key (unit, session, slot)
) {{strict}};
create index card_slot_session on card_slot (session);

-- The newest version of each appointment.
create table card_appointment (
  unit        {{text}} not null,
  appointment {{text}} not null,
  version     bigint not null,
  generation  bigint not null,
  seq         bigint not null,
  session     {{text}} not null,
  day         {{text}} not null,
  slot        {{text}} not null,
  resident    {{text}} not null,
  tenure      {{text}} not null,
  state       {{text}} not null,        -- booked, kept, missed, cancelled
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, appointment)
) {{strict}};
create index card_appointment_id on card_appointment (appointment);
create index card_appointment_day on card_appointment (unit, day, slot);
create index card_appointment_session on card_appointment (session);
create index card_appointment_resident on card_appointment (unit, resident);

-- Addresses written into chips. unit is the county that wrote them.
create table card_append (
  unit        {{text}} not null,
  append      {{text}} not null,
  application {{text}} not null,
  resident    {{text}} not null,
  tenure      {{text}} not null,
  address     {{text}} not null,
  day         {{text}} not null,
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, append)
) {{strict}};
create index card_append_id on card_append (append);
create index card_append_application on card_append (application);

-- Why applications were late, as the officers say. unit is theirs.
create table card_late_reason (
  unit        {{text}} not null,
  explanation {{text}} not null,
  application {{text}} not null,
  stage       {{text}} not null,
  reason      {{text}} not null,        -- equipment, line, staff, maker, applicant, data, other
  words       {{text}} not null,
  day         {{text}} not null,
  at          bigint not null,
  operator    {{text}} not null,
  primary key (unit, explanation)
) {{strict}};
create index card_late_reason_id on card_late_reason (explanation);
create index card_late_reason_application on card_late_reason (application);
