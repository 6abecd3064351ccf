-- +goose Up
-- What an operator asked of a list or typed into a search: the address of the page names it by its id, so that no name and no number stands in a browser's history or in a
-- log. With a name it is a saved view and stays; without one it is forgotten after a day.
create table web_view (
  id       {{text}} not null primary key,
  operator {{text}} not null,
  page     {{text}} not null,              -- path of the page
  name     {{text}} not null,              -- of a saved view; empty: it has none
  query    {{text}} not null,              -- what the address says beside it, URL-encoded
  typed    {{text}} not null,              -- the fields, URL-encoded
  at       bigint not null                 -- ms UTC
) {{strict}};
create index web_view_operator on web_view (operator, page);

-- Attachments that were sent with a form. Those that no entry names after a day are removed.
create table web_upload (
  digest   {{text}} not null primary key,
  at       bigint not null                 -- ms UTC
) {{strict}};
create index web_upload_at on web_upload (at);

-- Receipts of acts done in bulk, to be opened again.
create table web_bulk (
  token    {{text}} not null primary key,  -- of the form
  operator {{text}} not null,
  name     {{text}} not null,              -- which bulk act
  rows     {{text}} not null,              -- JSON: what was done or refused, row by row
  at       bigint not null                 -- ms UTC
) {{strict}};
