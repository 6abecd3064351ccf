-- +goose Up
-- One row an application: the day (days since 1970-01-01 in UTC+8) on which it first reached each step, 0: not yet. Derived from its steps.
create table card_progress (
  unit         {{text}} not null,
  application  {{text}} not null,
  resident     {{text}} not null,
  opened       bigint not null,
  photographed bigint not null,
  confirmed    bigint not null,
  reviewed     bigint not null,
  signed       bigint not null,
  checked      bigint not null,
  ordered      bigint not null,
  made         bigint not null,
  dispatched   bigint not null,
  arrived      bigint not null,
  told         bigint not null,          -- told to collect
  handed_over  bigint not null,
  returns      bigint not null,          -- by county or city
  rejects      bigint not null,          -- by the maker
  promised_on  {{text}} not null,
  handed_on    {{text}} not null,
  primary key (unit, application)
) {{strict}};
create index card_progress_id on card_progress (application);
create index card_progress_handed on card_progress (handed_over, unit) where handed_over > 0;
create index card_progress_opened on card_progress (opened, unit);
create index card_application_holder on card_application (resident, handed_on, valid_to) where stage = 'handed_over' and lost = 0;
create index card_application_standing on card_application (unit, stage, class, since, promised_on) where stage not in ('handed_over', 'withdrawn');
create index card_step_unwanted on card_step (kind, at) where kind in ('card.returned', 'card.rejected');

insert into card_progress(unit, application, resident, opened, photographed, confirmed, reviewed, signed, checked, ordered, made, dispatched, arrived,
    told, handed_over, returns, rejects, promised_on, handed_on)
  select a.unit, a.application, a.resident,
    cast(coalesce(min(case when s.kind = 'card.opened' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.photographed' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.confirmed' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.reviewed' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.signed' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.checked' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.ordered' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.made' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.dispatched' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.arrived' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.collect_notified' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(coalesce(min(case when s.kind = 'card.handed_over' and a.handed_on <> '' then (s.at + 28800000) / 86400000 end), 0) as bigint),
    cast(sum(case when s.kind = 'card.returned' then 1 else 0 end) as bigint),
    cast(sum(case when s.kind = 'card.rejected' then 1 else 0 end) as bigint),
    a.promised_on, a.handed_on
  from card_application a join card_step s on s.unit = a.unit and s.application = a.application
  group by a.unit, a.application, a.resident, a.promised_on, a.handed_on;
