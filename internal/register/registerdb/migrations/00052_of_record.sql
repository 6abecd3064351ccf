-- +goose Up
-- What lists and counts of a whole station need of the records, worked out once: the mark of the main items and the end of the first-generation card. Filled by fillOfRecord.
alter table register_tenure add column main {{text}} not null default '';
alter table register_tenure add column card_expires {{text}} not null default '';
