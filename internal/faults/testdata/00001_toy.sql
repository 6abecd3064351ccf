-- +goose Up
create table toy_counter (
  unit    {{text}} not null,
  subject {{text}} not null,
  version bigint not null,
  blob    {{text}} not null,
  primary key (unit, subject)
) {{strict}};
create table toy_twin (
  unit    {{text}} not null,
  subject {{text}} not null,
  version bigint not null,
  stream  {{text}} not null,
  primary key (unit, subject, version, stream)
) {{strict}};
