-- What a clean-up has seen and is about to remove, by uid: written before the first deletion, so that a receipt is
-- whole although an answer was lost.
alter table operations add column removal jsonb not null default '{}';

-- When a health check was first seen alive and silent; of no meaning once the instance was checked after that.
alter table instances add column health_stalled_at timestamptz(3);

-- Those that some operation must be working at: the sweep looks for them each minute.
create index instances_in_transit on instances (updated_at, id) where state in ('creating', 'deleting');
