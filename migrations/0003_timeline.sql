-- Changes of health come and go, those of a server that crashes again and again by the hundred a day: old ones are
-- dropped, oldest first.
create index instance_events_health_changes on instance_events (at) where type = 'health.changed';

-- Repairs are few, and each new one is compared with those before.
create index instance_events_repairs on instance_events (instance_id, type) where type like 'repair.%';
