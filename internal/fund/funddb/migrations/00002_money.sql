-- +goose Up
-- unit is whose money it is in every table: the station's, or of the second line the unit's that spends.
alter table fund_fee add column what {{text}} not null default '';       -- empty: an application
alter table fund_fee add column listed bigint not null default 0;        -- the waiver stands on civil affairs' list
alter table fund_day add column refunds bigint not null default 0;
alter table fund_day add column refunded bigint not null default 0;
create index fund_fee_resident on fund_fee (resident);

create table fund_refund (
  unit               {{text}} not null,
  stream             {{text}} not null,
  generation         bigint not null,
  seq                bigint not null,
  what               {{text}} not null,
  application        {{text}} not null,
  day                {{text}} not null,
  fen                bigint not null,
  ground             {{text}} not null,
  second             {{text}} not null,
  voucher_generation bigint not null,
  voucher            bigint not null,
  book               {{text}} not null,
  receipt            bigint not null,
  operator           {{text}} not null,
  at                 bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_refund_application on fund_refund (application);
create index fund_refund_day on fund_refund (unit, day, operator);

-- Receipts lost or returned unused, from one number to another.
create table fund_receipt_range (
  unit       {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  subject    {{text}} not null,
  book       {{text}} not null,
  first_no   bigint not null,
  last_no    bigint not null,
  state      {{text}} not null,         -- lost, returned
  day        {{text}} not null,
  words      {{text}} not null,
  second     {{text}} not null,
  operator   {{text}} not null,
  at         bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_receipt_range_subject on fund_receipt_range (subject);
create index fund_receipt_range_book on fund_receipt_range (unit, book);

-- Civil affairs' list of people whose fee is waived.
create table fund_poor (
  unit        {{text}} not null,
  stream      {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  line        bigint not null,
  list        {{text}} not null,
  day         {{text}} not null,
  number      {{text}} not null,
  name        {{text}} not null,
  ground      {{text}} not null,
  certificate {{text}} not null,
  office      {{text}} not null,
  at          bigint not null,
  primary key (unit, stream, generation, seq, line)
) {{strict}};
create index fund_poor_number on fund_poor (unit, number);
create index fund_poor_list on fund_poor (list);

create table fund_look_up (
  unit        {{text}} not null,
  look_up     {{text}} not null,
  at          bigint not null,
  operator    {{text}} not null,
  purpose     {{text}} not null,
  application {{text}} not null,
  wide        bigint not null,
  primary key (unit, look_up)
) {{strict}};

-- The second line: budgets, reviews, appropriations, payments. No table and no account of it is one of the fees'.
create table fund_budget_line (
  unit         {{text}} not null,
  stream       {{text}} not null,
  generation   bigint not null,
  seq          bigint not null,
  line         bigint not null,
  budget       {{text}} not null,
  year         bigint not null,
  version      bigint not null,
  item         {{text}} not null,
  what         {{text}} not null,
  quantity     bigint not null,
  price        bigint not null,         -- fen
  reason       {{text}} not null,
  city_percent bigint not null,
  operator     {{text}} not null,
  at           bigint not null,
  primary key (unit, stream, generation, seq, line)
) {{strict}};
create index fund_budget_line_budget on fund_budget_line (budget);
create index fund_budget_line_year on fund_budget_line (unit, year);

create table fund_budget_step (
  unit       {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  budget     {{text}} not null,
  version    bigint not null,
  step       {{text}} not null,         -- submitted, reviewed
  operator   {{text}} not null,
  at         bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_budget_step_budget on fund_budget_step (budget);

create table fund_budget_item (
  unit              {{text}} not null,
  stream            {{text}} not null,
  generation        bigint not null,
  seq               bigint not null,
  line              bigint not null,
  budget            {{text}} not null,
  version           bigint not null,
  item              {{text}} not null,
  drafted           bigint not null,
  city              bigint not null,    -- fen that the city is to bear
  county            bigint not null,
  remark            {{text}} not null,
  answerable_city   {{text}} not null,
  answerable_county {{text}} not null,
  primary key (unit, stream, generation, seq, line)
) {{strict}};
create index fund_budget_item_budget on fund_budget_item (budget);

create table fund_appropriation (
  unit          {{text}} not null,
  stream        {{text}} not null,
  generation    bigint not null,
  seq           bigint not null,
  budget        {{text}} not null,
  appropriation {{text}} not null,
  item          {{text}} not null,
  level         {{text}} not null,
  fen           bigint not null,
  day           {{text}} not null,
  operator      {{text}} not null,
  at            bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_appropriation_id on fund_appropriation (appropriation);
create index fund_appropriation_budget on fund_appropriation (budget);

create table fund_received (
  unit          {{text}} not null,
  stream        {{text}} not null,
  generation    bigint not null,
  seq           bigint not null,
  budget        {{text}} not null,
  appropriation {{text}} not null,
  fen           bigint not null,
  day           {{text}} not null,
  operator      {{text}} not null,
  at            bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_received_id on fund_received (appropriation);
create index fund_received_budget on fund_received (budget);

create table fund_payment (
  unit          {{text}} not null,
  stream        {{text}} not null,
  generation    bigint not null,
  seq           bigint not null,
  budget        {{text}} not null,
  payment       {{text}} not null,
  appropriation {{text}} not null,
  item          {{text}} not null,
  fen           bigint not null,
  payee         {{text}} not null,
  paper         {{text}} not null,
  spent_for     {{text}} not null,
  procured      bigint not null,
  day           {{text}} not null,
  operator      {{text}} not null,
  at            bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_payment_appropriation on fund_payment (appropriation);
create index fund_payment_budget on fund_payment (budget);

create table fund_transfer (
  unit          {{text}} not null,
  stream        {{text}} not null,
  generation    bigint not null,
  seq           bigint not null,
  budget        {{text}} not null,
  transfer      {{text}} not null,
  appropriation {{text}} not null,
  from_item     {{text}} not null,
  to_item       {{text}} not null,
  fen           bigint not null,
  words         {{text}} not null,
  step          {{text}} not null,      -- asked, approved, refused
  day           {{text}} not null,
  operator      {{text}} not null,
  at            bigint not null,
  primary key (unit, stream, generation, seq)
) {{strict}};
create index fund_transfer_id on fund_transfer (transfer);
create index fund_transfer_appropriation on fund_transfer (appropriation);
create index fund_transfer_budget on fund_transfer (budget);

create table fund_spending_posting (
  unit       {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  line       bigint not null,
  budget     {{text}} not null,
  account    {{text}} not null,
  debit      bigint not null,           -- fen
  credit     bigint not null,
  day        {{text}} not null,
  primary key (unit, stream, generation, seq, line)
) {{strict}};
create index fund_spending_posting_budget on fund_spending_posting (budget);
