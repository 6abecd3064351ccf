-- +goose Up
-- With the relation, households without a head are found without reading the records; by the address, a station's households are listed along its streets.
drop index register_tenure_household;
create index register_tenure_household on register_tenure (unit, household_no, state, relation);
create index register_tenure_address on register_tenure (unit, address, household_no, state);
