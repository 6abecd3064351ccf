-- +goose Up
-- Every entry of the room, as a fact: whose side of which matter it is about.
create table verify_step (
  unit         {{text}} not null,   -- whose side it is: the station, or the unit that decides for its own proposals
  matter       {{text}} not null,
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  leaf         {{text}} not null,
  kind         {{text}} not null,
  at           bigint not null,     -- ms UTC
  acting       {{text}} not null,   -- the unit that wrote it
  operator     {{text}} not null,
  body         {{text}} not null,   -- JSON, as the entry carries it
  primary key (unit, matter, stream, generation, seq)
) {{strict}};
create index verify_step_matter on verify_step (matter);

-- What the steps of a side say together.
create table verify_matter (
  unit         {{text}} not null,
  matter       {{text}} not null,
  class        {{text}} not null,   -- run, findings, visit, revisit, comparison, correction, case, proposal
  kind         {{text}} not null,   -- of a case
  stage        {{text}} not null,
  round        bigint not null,
  resident     {{text}} not null,
  tenure       {{text}} not null,
  household_no {{text}} not null,
  decider      {{text}} not null,
  source       {{text}} not null,   -- of a correction: what it settles; of a revisit: the first visit
  holds        bigint not null,     -- 1: signing waits
  opened_at    bigint not null,
  since        bigint not null,
  operator     {{text}} not null,
  looked       bigint not null,
  errors       bigint not null,
  primary key (unit, matter)
) {{strict}};
create index verify_matter_id on verify_matter (matter);
create index verify_matter_resident on verify_matter (resident);
create index verify_matter_class on verify_matter (unit, class, stage);
create index verify_matter_source on verify_matter (source);

-- The registrations that a case is about.
create table verify_party (
  unit         {{text}} not null,
  matter       {{text}} not null,
  tenure       {{text}} not null,
  resident     {{text}} not null,
  primary key (unit, matter, tenure)
) {{strict}};
create index verify_party_tenure on verify_party (tenure);

-- Who found whose record right; it holds while the main items are the same.
create table verify_verified (
  unit         {{text}} not null,
  tenure       {{text}} not null,
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  resident     {{text}} not null,
  main         {{text}} not null,
  person       {{text}} not null,   -- the operator who looked
  way          {{text}} not null,   -- visit, comparison, application
  at           bigint not null,
  subject      {{text}} not null,   -- of the entry that says so
  primary key (unit, tenure, stream, generation, seq)
) {{strict}};
