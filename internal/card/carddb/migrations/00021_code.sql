-- +goose Up
alter table card_application add column code {{text}} not null default ''; -- printed on the slip, for the public page
