-- +goose Up
create table journal_head (
  stream      {{text}} not null,
  generation  bigint not null,
  size        bigint not null,      -- entries held
  frontier    {{bytes}} not null,   -- roots of the perfect subtrees, largest first, 32 bytes each
  last_at     bigint not null,      -- ms UTC
  applied     bigint not null,      -- entries applied; less than size when a kind is not understood yet
  signer      {{text}} not null,    -- node whose key signs this tree; empty until its first checkpoint
  closed_size bigint,               -- set when a closure was learned
  closed_root {{text}},
  primary key (stream, generation)
) {{strict}};

create table journal_entry (
  stream      {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  at          bigint not null,
  kind        {{text}} not null,
  subject     {{text}} not null,
  cause_leaf  {{text}},
  header      {{bytes}} not null,
  salt        {{bytes}},            -- null after erasure
  body        {{bytes}},            -- null after erasure
  primary key (stream, generation, seq)
) {{strict}};
create index journal_entry_subject on journal_entry (subject);
create index journal_entry_cause on journal_entry (cause_leaf) where cause_leaf is not null;

create table journal_checkpoint (
  stream      {{text}} not null,
  generation  bigint not null,
  size        bigint not null,
  note        {{bytes}} not null,   -- signed note with the cosignatures known here
  primary key (stream, generation, size)
) {{strict}};

create table journal_closure (
  unit        {{text}} not null,
  generation  bigint not null,
  note        {{bytes}} not null,
  primary key (unit, generation)
) {{strict}};

create table journal_blob (
  digest      {{text}} not null,
  stream      {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  primary key (digest, stream, generation, seq)
) {{strict}};

create table journal_erasure (
  stream        {{text}} not null,
  generation    bigint not null,
  seq           bigint not null,
  leaf          {{text}} not null,  -- of the target
  kind          {{text}} not null,  -- of the target
  by_generation bigint not null,    -- the records.erased entry in the same stream
  by_seq        bigint not null,
  primary key (stream, generation, seq, leaf)
) {{strict}};

-- Local: what this node hosts, whom it trusts, what it put aside.
create table journal_host (
  unit        {{text}} not null,
  generation  bigint not null,
  closure     {{bytes}},            -- the closure of the generation before; null for the first
  hosted      bigint not null,      -- 1: this node writes it now
  primary key (unit, generation)
) {{strict}};

create table journal_certificate (
  node        {{text}} not null,
  unit        {{text}} not null,
  note        {{bytes}} not null,
  primary key (node)
) {{strict}};

create table journal_evidence (
  stream      {{text}} not null,
  generation  bigint not null,
  seq         bigint not null,
  leaf        {{text}} not null,
  header      {{bytes}} not null,
  salt        {{bytes}},
  body        {{bytes}},
  reason      {{text}} not null,    -- late, fork
  received_at bigint not null,
  primary key (stream, generation, seq, leaf)
) {{strict}};
