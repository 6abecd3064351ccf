-- +goose Up
-- Lists ask many applications at a time for their numbers, and what all residents of a station have applied for: with what is asked in the indexes, no application is read for it.
drop index card_application_id;
create index card_application_id on card_application (application, unit, acceptance_no);
drop index card_application_resident;
create index card_application_resident on card_application (resident, unit, stage, valid_to, lost);
