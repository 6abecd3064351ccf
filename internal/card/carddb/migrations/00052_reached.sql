-- +goose Up
-- How many applications of a unit first reached a step on a day (days since 1970-01-01 in UTC+8): card_progress, added up. A row for what there is.
create table card_reached (
  unit {{text}} not null,
  step {{text}} not null,                -- kind of the entry
  day  bigint not null,
  n    bigint not null,
  primary key (unit, step, day)
) {{strict}};

insert into card_reached(unit, step, day, n)
  select unit, 'card.opened', opened, count(*) from card_progress where opened > 0 group by unit, opened
  union all
  select unit, 'card.photographed', photographed, count(*) from card_progress where photographed > 0 group by unit, photographed
  union all
  select unit, 'card.confirmed', confirmed, count(*) from card_progress where confirmed > 0 group by unit, confirmed
  union all
  select unit, 'card.reviewed', reviewed, count(*) from card_progress where reviewed > 0 group by unit, reviewed
  union all
  select unit, 'card.signed', signed, count(*) from card_progress where signed > 0 group by unit, signed
  union all
  select unit, 'card.checked', checked, count(*) from card_progress where checked > 0 group by unit, checked
  union all
  select unit, 'card.ordered', ordered, count(*) from card_progress where ordered > 0 group by unit, ordered
  union all
  select unit, 'card.made', made, count(*) from card_progress where made > 0 group by unit, made
  union all
  select unit, 'card.dispatched', dispatched, count(*) from card_progress where dispatched > 0 group by unit, dispatched
  union all
  select unit, 'card.arrived', arrived, count(*) from card_progress where arrived > 0 group by unit, arrived
  union all
  select unit, 'card.collect_notified', told, count(*) from card_progress where told > 0 group by unit, told
  union all
  select unit, 'card.handed_over', handed_over, count(*) from card_progress where handed_over > 0 group by unit, handed_over;
