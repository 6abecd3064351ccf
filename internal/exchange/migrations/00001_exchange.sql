-- +goose Up
-- Every table here is local to the node and outside replay.
create table exchange_node (
  id      bigint not null primary key,   -- always 1
  root    {{text}} not null,             -- the city's verifier text
  address {{text}} not null              -- of the city: where children call it
) {{strict}};

create table exchange_neighbour (
  node        {{text}} not null primary key,
  unit        {{text}} not null,
  relation    {{text}} not null,         -- parent, child
  address     {{text}} not null,         -- of a parent: host:port that it is called at; empty: by disk only
  units       {{text}} not null,         -- of a child: JSON array of the units that it hosts
  suspended   {{text}} not null,         -- reason; empty: not suspended
  waiting     {{text}} not null,         -- JSON array: parcels for which it waits for a receipt
  stated_at   bigint not null,           -- ms UTC, the time in its last state; 0: none heard
  heard_at    bigint not null,           -- ms UTC, when that was heard here
  understands {{text}} not null          -- JSON object: kind to highest body version
) {{strict}};

-- What a neighbour holds of each tree, by its last state and its receipts since.
create table exchange_held (
  neighbour  {{text}} not null,
  stream     {{text}} not null,
  generation bigint not null,
  size       bigint not null,
  primary key (neighbour, stream, generation)
) {{strict}};

-- Blobs that a neighbour has stated as missing.
create table exchange_wanted (
  neighbour {{text}} not null,
  digest    {{text}} not null,
  primary key (neighbour, digest)
) {{strict}};

-- Blobs that this node lacks and that an unerased entry names.
create table exchange_missing (
  digest {{text}} not null primary key,
  since  bigint not null                 -- ms UTC
) {{strict}};

-- Parcels in the spool: planned (file empty) or sealed. A row goes with its receipt.
create table exchange_parcel (
  id         {{text}} not null primary key, -- UUIDv7
  neighbour  {{text}} not null,
  recipient  {{text}} not null,          -- age recipient that it is sealed to
  stream     {{text}} not null,          -- empty: a parcel of blobs alone
  generation bigint not null,
  from_seq   bigint not null,
  to_seq     bigint not null,
  blobs      {{text}} not null,          -- JSON array: the blobs of a parcel of blobs alone
  file       {{text}} not null,          -- name in the spool; empty: not sealed yet
  bytes      bigint not null,
  digest     {{text}} not null,          -- hex SHA-256 of the file
  blob_count bigint not null,            -- blobs inside
  erased     bigint not null,            -- entries of the range that were erased when it was sealed
  sealed_at  bigint not null             -- ms UTC
) {{strict}};
create index exchange_parcel_neighbour on exchange_parcel (neighbour, stream, generation, from_seq);

-- Parcels of blobs that were taken in, until their sender has heard of it.
create table exchange_taken (
  neighbour {{text}} not null,
  parcel    {{text}} not null,
  at        bigint not null,
  primary key (neighbour, parcel)
) {{strict}};

-- Exceptions, here or reported by the neighbour that a parcel was sent to.
create table exchange_exception (
  parcel     {{text}} not null,          -- empty: it could not be read
  code       {{text}} not null,
  reporter   {{text}} not null,          -- node that refused the parcel
  stream     {{text}} not null,
  generation bigint not null,
  detail     {{text}} not null,          -- JSON: text and mend
  times      bigint not null,
  first_at   bigint not null,
  last_at    bigint not null,
  primary key (parcel, code, reporter)
) {{strict}};
