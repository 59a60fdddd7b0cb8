-- One row an Idempotency-Key: which paste it made, or who is making it until when.
create table idempotency_keys (
  -- of client, method, path and key: what clients sent is not kept
  key_hash text collate "C" primary key,
  -- of bytes and options
  body_hash text not null,
  -- the paste whose create holds the key; once done, the paste that the key made
  paste_id text not null,
  done boolean not null default false,
  leased_until timestamptz not null,
  -- the paste's, for the answer to a retry
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.01);

create index idempotency_keys_age on idempotency_keys (created_at);
