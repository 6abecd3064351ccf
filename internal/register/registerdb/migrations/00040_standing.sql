-- +goose Up
-- With the state, households and their members are counted without reading the records.
drop index register_tenure_household;
create index register_tenure_household on register_tenure (unit, household_no, state);
