-- +goose Up
-- The marks of a station's records, and who found them right, are read from the index.
create index verify_verified_main on verify_verified (unit, tenure, main, person);
