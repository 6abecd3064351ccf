-- +goose Up
-- Local to the node and outside replay: which forms have been carried out, so that a second press gives the first result again.
create table office_once (
  token    {{text}} not null primary key,  -- of the rendered form
  operator {{text}} not null,
  action   {{text}} not null,
  at       bigint not null,                -- ms UTC
  done     {{text}} not null               -- the result and the entries, JSON
) {{strict}};
create index office_once_at on office_once (at);
