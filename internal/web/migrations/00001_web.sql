-- +goose Up
-- Every table here is local to the node and outside replay.
create table web_session (
  digest   {{text}} not null primary key,  -- hex SHA-256 of the cookie's token
  operator {{text}} not null,
  login    {{text}} not null,
  mark     {{text}} not null,              -- of the password at sign-in: a new password ends the session
  began    bigint not null,                -- ms UTC
  seen     bigint not null,
  purpose  {{text}} not null               -- of the last free search
) {{strict}};
create index web_session_operator on web_session (operator);

create table web_draft (
  operator {{text}} not null,
  page     {{text}} not null,              -- path and query of the page
  typed    {{text}} not null,              -- the form's fields, URL-encoded
  focus    {{text}} not null,              -- the field with the cursor
  at       bigint not null,
  primary key (operator, page)
) {{strict}};
