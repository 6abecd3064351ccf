-- +goose Up
-- Whom an import brought is compared with everybody when it has come, chunk by chunk.
create index register_tenure_chunk on register_tenure (chunk, unit);
