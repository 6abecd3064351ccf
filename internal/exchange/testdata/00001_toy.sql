-- +goose Up
create table toy_counter (
  unit    {{text}} not null,
  subject {{text}} not null,
  version bigint not null,
  note    {{text}} not null,
  primary key (unit, subject)
) {{strict}};
