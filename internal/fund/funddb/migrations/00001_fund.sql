-- +goose Up
-- unit is the station in every table.
create table fund_receipt_book (
  unit       {{text}} not null,
  book       {{text}} not null,
  prefix     {{text}} not null,
  first_no   bigint not null,
  last_no    bigint not null,
  generation bigint not null,           -- of the station's streams that it is for
  issuer     {{text}} not null,         -- the county
  at         bigint not null,
  primary key (unit, book)
) {{strict}};

create table fund_receipt (
  unit    {{text}} not null,
  book    {{text}} not null,
  number  bigint not null,
  subject {{text}} not null,            -- the application, or the voiding
  state   {{text}} not null,            -- collected, voided
  fen     bigint not null,
  day     {{text}} not null,
  cashier {{text}} not null,
  at      bigint not null,
  primary key (unit, book, number)
) {{strict}};
create index fund_receipt_subject on fund_receipt (subject);
create index fund_receipt_day on fund_receipt (unit, day, cashier);

-- How an application's fee was settled; one row an entry.
create table fund_fee (
  unit        {{text}} not null,
  application {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  resident    {{text}} not null,
  kind        {{text}} not null,
  day         {{text}} not null,
  due         bigint not null,
  waived      bigint not null,
  amount      bigint not null,
  ground      {{text}} not null,        -- empty: nothing was waived
  certificate {{text}} not null,
  office      {{text}} not null,
  book        {{text}} not null,        -- empty: nothing was collected
  receipt     bigint not null,
  source      {{text}} not null,
  operator    {{text}} not null,
  at          bigint not null,
  primary key (unit, application, generation, seq)
) {{strict}};
create index fund_fee_application on fund_fee (application);

create table fund_posting (
  unit       {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  line       bigint not null,
  subject    {{text}} not null,
  account    {{text}} not null,
  debit      bigint not null,           -- fen
  credit     bigint not null,
  day        {{text}} not null,
  primary key (unit, stream, generation, seq, line)
) {{strict}};
create index fund_posting_subject on fund_posting (subject);

create table fund_day (
  unit     {{text}} not null,
  day      {{text}} not null,
  cashier  {{text}} not null,
  subject  {{text}} not null,
  receipts bigint not null,
  expected bigint not null,
  counted  bigint not null,
  second   {{text}} not null,
  operator {{text}} not null,
  at       bigint not null,
  primary key (unit, day, cashier)
) {{strict}};
create index fund_day_subject on fund_day (subject);

create table fund_remittance (
  unit       {{text}} not null,
  remittance {{text}} not null,
  fen        bigint not null,
  receipts   bigint not null,
  operator   {{text}} not null,
  at         bigint not null,
  primary key (unit, remittance)
) {{strict}};
create index fund_remittance_id on fund_remittance (remittance);

create table fund_remittance_day (
  unit       {{text}} not null,
  remittance {{text}} not null,
  day        {{text}} not null,
  cashier    {{text}} not null,
  primary key (unit, remittance, day, cashier)
) {{strict}};
create index fund_remittance_day_day on fund_remittance_day (unit, day, cashier);

create table fund_confirmation (
  unit       {{text}} not null,
  remittance {{text}} not null,
  acting     {{text}} not null,         -- the county, which confirmed
  fen        bigint not null,
  slip       {{text}} not null,
  operator   {{text}} not null,
  at         bigint not null,
  primary key (unit, remittance, acting)
) {{strict}};
