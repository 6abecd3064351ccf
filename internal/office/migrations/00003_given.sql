-- +goose Up
-- Local to the node: a password that a supervisor gave is known to two persons, and has to be changed before any work.
alter table office_credential add column given bigint not null default 0;
