-- +goose Up
-- Notices to apply. unit is the station that gave them.
create table card_notice (
  unit     {{text}} not null,
  notice   {{text}} not null,
  resident {{text}} not null,
  tenure   {{text}} not null,
  turn_on  {{text}} not null,           -- the day on which the resident is asked to come
  way      {{text}} not null,           -- slip, telephone, public
  at       bigint not null,             -- ms UTC
  operator {{text}} not null,
  primary key (unit, notice)
) {{strict}};
create index card_notice_id on card_notice (notice);
create index card_notice_resident on card_notice (unit, resident, at);
