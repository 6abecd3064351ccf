-- +goose Up
-- Who looked at which application, and why: from the access streams. unit is the one that looked.
create table card_look_up (
  unit        {{text}} not null,
  look_up     {{text}} not null,
  at          bigint not null,          -- ms UTC
  operator    {{text}} not null,
  purpose     {{text}} not null,
  how         {{text}} not null,        -- list, application
  wide        bigint not null,          -- 1: more than one person was asked for
  application {{text}} not null,        -- the one shown; empty for a wide one
  primary key (unit, look_up)
) {{strict}};
create index card_look_up_id on card_look_up (look_up);
