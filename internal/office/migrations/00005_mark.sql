-- +goose Up
-- Local to the node: how often entries of a room have been applied for a unit. What was worked out from the room's tables holds as long as this stays.
create table office_mark (
  room {{text}} not null,   -- or "journal" with an empty unit: a closure or an erasure has derived rows anew
  unit {{text}} not null,
  n    bigint not null,
  primary key (room, unit)
) {{strict}};
