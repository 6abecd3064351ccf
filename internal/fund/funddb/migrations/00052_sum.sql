-- +goose Up
-- A station's days, added up: what moved on each account, what was waived, and its receipts. A row for what there is; derived from the same entries as the rows that it adds up.
create table fund_sum (
  unit   {{text}} not null,
  day    {{text}} not null,
  what   {{text}} not null,             -- an account; or waived, collected, voided
  n      bigint not null,               -- how many rows it adds up
  debit  bigint not null,               -- fen
  credit bigint not null,
  primary key (unit, day, what)
) {{strict}};

insert into fund_sum(unit, day, what, n, debit, credit)
  select unit, day, account, count(*), cast(sum(debit) as bigint), cast(sum(credit) as bigint) from fund_posting group by unit, day, account
  union all
  select unit, day, 'waived', count(*), cast(sum(waived) as bigint), 0 from fund_fee where waived > 0 group by unit, day
  union all
  select unit, day, state, count(*), cast(sum(fen) as bigint), 0 from fund_receipt group by unit, day, state;
