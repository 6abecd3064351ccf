-- +goose Up
-- Of those whose initials begin so, a city has thousands: the first of them are read from the index in the order in which they are shown.
drop index register_tenure_initials;
create index register_tenure_initials on register_tenure (initials, pinyin, unit);
