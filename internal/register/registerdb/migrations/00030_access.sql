-- +goose Up
create index register_look_up_at on register_look_up (unit, at);
