/**
 * The durable tables. Times are the hosts' clock. An inbox row is not seen before `visible_at`, so a timer is
 * a row like any other; a lease is void as soon as its token is replaced.
 */
export const SCHEMA = `
create schema if not exists durable;
create table if not exists durable.instances (
  instance_id text collate "C" primary key,
  execution_id text not null,
  name text not null,
  version text,
  status text not null,
  input text,
  output text,
  custom_status text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  parent json,
  lease_token uuid,
  lease_owner text,
  lease_until timestamptz
);
create index if not exists instances_by_status on durable.instances (status, created_at);
create index if not exists instances_by_created on durable.instances (created_at);
create index if not exists instances_by_lease on durable.instances (lease_until)
  where lease_until is not null;

create table if not exists durable.history (
  instance_id text collate "C" not null references durable.instances on delete cascade,
  seq bigint generated always as identity,
  event json not null,
  primary key (instance_id, seq)
);

create table if not exists durable.inbox (
  id bigint generated always as identity primary key,
  instance_id text collate "C" not null references durable.instances on delete cascade,
  execution_id text,
  place int not null,
  visible_at timestamptz not null,
  ends_pause boolean not null,
  event json not null
);
create index if not exists inbox_by_instance on durable.inbox (instance_id, visible_at);
create index if not exists inbox_by_time on durable.inbox (visible_at);

create table if not exists durable.activities (
  id bigint generated always as identity primary key,
  instance_id text collate "C" not null references durable.instances on delete cascade,
  execution_id text not null,
  task_id int not null,
  name text not null,
  data text,
  attempt int not null default 0,
  lease_token uuid,
  lease_owner text,
  lease_until timestamptz,
  unique (instance_id, execution_id, task_id)
);
create index if not exists activities_by_lease on durable.activities (lease_until);
`;

/** Any number, the same in each host: only one makes the tables at a time. */
export const SCHEMA_LOCK = 7_430_201;
