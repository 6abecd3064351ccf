-- +goose Up
create table bench_item (
  unit    {{text}} not null,
  subject {{text}} not null,
  version bigint not null,
  note    {{text}} not null,
  primary key (unit, subject)
) {{strict}};
