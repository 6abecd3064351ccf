-- +goose Up
-- Local to the node: a form that is sent again with something else in it is not the same press.
alter table office_once add column input {{text}} not null default '';  -- hex SHA-256; empty: not compared
