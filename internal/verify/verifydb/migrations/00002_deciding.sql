-- +goose Up
-- What waits for a unit is counted on each of its pages.
create index verify_matter_decider on verify_matter (decider, class, stage);
