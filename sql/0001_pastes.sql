-- One row a paste, and the row is its own work queue: due_at says when it next needs attention.
create table pastes (
  id text collate "C" primary key,
  state text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  gone_at timestamptz,
  -- since when the object is confirmed absent
  purged_at timestamptz,
  -- since when vouching asks about it no more
  retired_at timestamptz,
  due_at timestamptz not null,
  -- in which epoch the shared cache was told; 0 is before all of them
  buried_in bigint not null default 0,
  size bigint not null,
  stored_size bigint not null,
  sha256 text not null,
  language text,
  title text,
  burn boolean not null,
  constraint known_state
    check (state in ('pending', 'visible', 'expired', 'deleted', 'burned', 'removed')),
  constraint gone_has_its_time check ((state in ('pending', 'visible')) = (gone_at is null)),
  constraint only_gone_is_purged check (purged_at is null or gone_at is not null),
  constraint only_purged_is_retired check (retired_at is null or purged_at is not null),
  constraint sizes_are_sizes check (size >= 0 and stored_size >= 0)
) with (autovacuum_vacuum_scale_factor = 0.01);

create index pastes_due on pastes (due_at);

-- Asked as "< epoch or > epoch": what the current life of the cache was not told.
create index pastes_unburied on pastes (buried_in)
  where state in ('deleted', 'removed') and retired_at is null;

-- Index-only sums of what is stored.
create index pastes_stored on pastes (stored_size) where state = 'visible';

create sequence epochs;

-- Vouching updates this row, so that a synchronous standby has to agree.
create table vouching (
  only_row boolean primary key default true check (only_row),
  vouched_at timestamptz not null default now()
);
insert into vouching default values;

create table keys (
  name text primary key,
  fingerprint text not null,
  stored_at timestamptz not null default now()
);
