-- +goose Up
create index fund_look_up_at on fund_look_up (unit, at);
