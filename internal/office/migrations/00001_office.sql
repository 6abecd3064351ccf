-- +goose Up
-- Every table here is local to the node and outside replay.
create table office_node (
  id        bigint not null primary key,   -- always 1
  newest_at bigint not null,               -- the newest time known here, ms UTC
  hold      {{text}} not null              -- why writing is refused; empty: it is not
) {{strict}};

create table office_credential (
  operator     {{text}} not null primary key,
  hash         {{text}} not null,          -- argon2id, with its parameters
  failures     bigint not null,
  locked_until bigint not null             -- ms UTC
) {{strict}};

create table office_reaction (
  name       {{text}} not null,
  leaf       {{text}} not null,            -- of the causing entry
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  done       bigint not null,              -- 0 waiting, 1 done
  attempts   bigint not null,
  problem    {{text}} not null,            -- why the last attempt failed
  primary key (name, leaf)
) {{strict}};
create index office_reaction_waiting on office_reaction (done, stream, seq) where done = 0;

create table office_wait (
  digest     {{text}} not null,            -- a blob that an entry needs to be applied and that is not here yet
  stream     {{text}} not null,
  generation bigint not null,
  seq        bigint not null,
  primary key (digest, stream, generation, seq)
) {{strict}};

create table office_sweep (
  digest {{text}} not null primary key      -- an attachment that an erasure left without an entry
) {{strict}};
