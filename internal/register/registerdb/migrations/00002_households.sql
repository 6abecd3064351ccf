-- +goose Up
-- The first letters of the syllables of the pinyin sort key, for searches as "zs".
alter table register_tenure add column initials {{text}} not null default '';
with recursive letters(unit, tenure, pinyin, at, initials) as (
  select unit, tenure, ' ' || pinyin, 2, substr(pinyin, 1, 0) from register_tenure
  union all
  select unit, tenure, pinyin, at + 1,
    initials || case when substr(pinyin, at - 1, 1) = ' ' and substr(pinyin, at, 1) <> ' ' then substr(pinyin, at, 1) else '' end
  from letters where at <= length(pinyin)
)
update register_tenure set initials = coalesce((select l.initials from letters l
  where l.unit = register_tenure.unit and l.tenure = register_tenure.tenure and l.at = length(l.pinyin) + 1), '')
where pinyin <> '';
create index register_tenure_initials on register_tenure (initials, unit);
create index register_tenure_household on register_tenure (unit, household_no);

-- Households with an entry of their own: the station's highest version. One without a row exists by its members.
create table register_household (
  unit         {{text}} not null,
  household_no {{text}} not null,
  version      bigint not null,
  state        {{text}} not null,   -- open, dissolved
  kind         {{text}} not null,   -- household-kind
  name         {{text}} not null,   -- of a collective household
  place        {{text}} not null,   -- of the address book; empty: none
  address      {{text}} not null,
  householder  {{text}} not null,   -- tenure; empty: none
  primary key (unit, household_no)
) {{strict}};
create index register_household_place on register_household (place);

create table register_household_change (
  unit         {{text}} not null,
  household_no {{text}} not null,
  version      bigint not null,
  kind         {{text}} not null,
  effective_on {{text}} not null,
  at           bigint not null,
  operator     {{text}} not null,
  body         {{text}} not null,   -- JSON, as the entry carries it
  primary key (unit, household_no, version)
) {{strict}};

-- The address book.
create table register_place (
  unit      {{text}} not null,
  place     {{text}} not null,
  version   bigint not null,
  state     {{text}} not null,   -- open, removed
  committee {{text}} not null,
  street    {{text}} not null,
  door      {{text}} not null,
  building  {{text}} not null,
  entrance  {{text}} not null,
  room      {{text}} not null,
  on_date   {{text}} not null,
  primary key (unit, place)
) {{strict}};
create index register_place_street on register_place (unit, street, door);

-- Matters that need a decision: one fact a row.
create table register_submission (
  unit       {{text}} not null,   -- the station that put it up
  submission {{text}} not null,
  kind       {{text}} not null,   -- change-kind
  tenure     {{text}} not null,
  at         bigint not null,
  operator   {{text}} not null,
  body       {{text}} not null,   -- JSON, as the entry carries it
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  leaf       {{text}} not null,
  primary key (unit, submission)
) {{strict}};
create index register_submission_tenure on register_submission (tenure);

create table register_decision (
  unit       {{text}} not null,   -- the station that is told
  submission {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  leaf       {{text}} not null,
  at         bigint not null,
  operator   {{text}} not null,
  body       {{text}} not null,   -- JSON, as the entry carries it
  primary key (unit, submission, stream, generation, seq)
) {{strict}};

create table register_notice (
  unit       {{text}} not null,
  submission {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  leaf       {{text}} not null,
  body       {{text}} not null,   -- JSON, as the entry carries it
  primary key (unit, submission, stream, generation, seq)
) {{strict}};

create table register_carried_out (
  unit       {{text}} not null,
  submission {{text}} not null,
  subject    {{text}} not null,   -- of the entry that did it: the tenure; or of the one that gave the decision back
  kind       {{text}} not null,
  at         bigint not null,
  primary key (unit, submission, subject, kind)
) {{strict}};

-- Lists of missing papers that stand by themselves: those of submissions, and those given for any other change.
create table register_list (
  unit       {{text}} not null,
  list       {{text}} not null,
  paper      {{text}} not null,
  tenure     {{text}} not null,   -- empty until the asking entry is here
  kind       {{text}} not null,   -- change-kind
  asked_on   {{text}} not null,
  brought_on {{text}} not null,
  primary key (unit, list, paper)
) {{strict}};
create index register_list_tenure on register_list (unit, tenure);

create table register_redivision (
  unit     {{text}} not null,   -- the station that is told
  order_id {{text}} not null,
  by_unit  {{text}} not null,
  at       bigint not null,
  body     {{text}} not null,   -- JSON, as the entry carries it
  primary key (unit, order_id, by_unit)
) {{strict}};
