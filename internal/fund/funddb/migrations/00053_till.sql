-- +goose Up
-- A cashier's day is found without going through the station's other days, and which days are still open without reading the receipts.
create index fund_fee_day on fund_fee (unit, day, operator, at);
drop index fund_receipt_day;
create index fund_receipt_day on fund_receipt (unit, day, cashier, state, fen);
