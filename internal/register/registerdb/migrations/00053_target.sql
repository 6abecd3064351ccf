-- +goose Up
-- Whose record was found right, and whose card ends, is told from the index: the rows of a station are many times as large.
drop index register_tenure_target;
create index register_tenure_target on register_tenure (unit, birth_date, entered_on, exited_on, state, entered_kind, resident, tenure, main, card_expires);
