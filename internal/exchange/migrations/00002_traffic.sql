-- +goose Up
-- What each road has brought: for the exchange's own figures, local to the node.
create table exchange_traffic (
  road    {{text}} not null primary key,  -- network, disk
  parcels bigint not null,                -- taken in
  entries bigint not null,                -- new here
  last_at bigint not null                 -- ms UTC
) {{strict}};
