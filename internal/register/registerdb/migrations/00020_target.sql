-- +goose Up
-- For counting who is registered and how old on a day, without reading the records.
create index register_tenure_target on register_tenure (unit, birth_date, entered_on, exited_on, state, entered_kind, resident);
