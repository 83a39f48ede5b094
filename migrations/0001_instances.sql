-- Times have milliseconds, as in JavaScript, so that a cursor made from one compares equal again.

create type instance_state as enum ('creating', 'running', 'deleting', 'deleted', 'failed');
create type health_status as enum ('healthy', 'unhealthy', 'unknown');
create type operation_kind as enum ('create', 'delete');
create type operation_status as enum ('notStarted', 'running', 'succeeded', 'failed', 'canceled');

create table instances (
  id uuid primary key,
  name text not null
    constraint instances_name_is_valid check (
      length(name) between 1 and 40
      and name ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'
      and name !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    ),
  namespace text not null
    constraint instances_namespace_is_valid check (
      length(namespace) <= 63 and namespace ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'
    ),
  k8s_name text not null constraint instances_k8s_name_is_short check (length(k8s_name) <= 52),
  state instance_state not null default 'creating',
  health_status health_status not null default 'unknown',
  health_checked_at timestamptz(3),
  health_latency_ms double precision,
  health_failures integer not null default 0
    constraint instances_health_failures_count check (health_failures >= 0),
  health_message text,
  postgres_version text not null
    constraint instances_postgres_version_is_known check (postgres_version in ('16', '17', '18')),
  server_version text,
  storage_size_gb integer not null
    constraint instances_storage_size_fits check (storage_size_gb between 1 and 4096),
  use_load_balancer boolean not null,
  dns_label text
    constraint instances_dns_label_is_valid check (
      length(dns_label) between 3 and 40 and dns_label ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'
    ),
  allowed_cidrs text[] not null
    constraint instances_allowed_cidrs_are_few check (cardinality(allowed_cidrs) <= 100),
  ip_connection_string text
    constraint instances_ip_connection_string_has_no_password
    check (ip_connection_string !~ '://[^/@:]*:[^/@]*@'),
  dns_connection_string text
    constraint instances_dns_connection_string_has_no_password
    check (dns_connection_string !~ '://[^/@:]*:[^/@]*@'),
  external_ip text,
  dns_name text,
  certificate_covers_address boolean,
  health_check_orchestration_id text,
  failure jsonb,
  password_verifier text
    constraint instances_password_is_a_verifier check (password_verifier like 'SCRAM-SHA-256$%'),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  deleted_at timestamptz(3),
  constraint instances_failed_has_a_reason check ((state = 'failed') = (failure is not null)),
  constraint instances_deleted_has_a_time check ((state = 'deleted') = (deleted_at is not null))
);

create unique index instances_live_name on instances (name) where state <> 'deleted';
create unique index instances_live_dns_label on instances (dns_label) where state <> 'deleted';
create index instances_newest on instances (created_at desc, id desc);
create index instances_health on instances (health_checked_at) where state = 'running';

create table operations (
  id text collate "C" primary key
    constraint operations_id_is_short check (length(id) between 1 and 200),
  kind operation_kind not null,
  instance_id uuid not null references instances (id),
  instance_name text not null,
  status operation_status not null default 'notStarted',
  input jsonb not null constraint operations_input_has_no_password check (not input ? 'password'),
  cancel_requested_at timestamptz(3),
  execution_token text,
  steps jsonb not null default '[]',
  error jsonb,
  result jsonb,
  created_at timestamptz(3) not null default statement_timestamp(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  deadline_at timestamptz(3) not null,
  purged_at timestamptz(3),
  constraint operations_running_has_a_token
    check (status <> 'running' or (execution_token is not null and started_at is not null)),
  constraint operations_ended_has_a_time
    check ((status in ('succeeded', 'failed', 'canceled')) = (ended_at is not null)),
  constraint operations_bad_end_has_an_error
    check (status not in ('failed', 'canceled') or error is not null)
);

create index operations_newest on operations (created_at desc, id desc);
create index operations_of_instance on operations (instance_id, created_at desc, id desc);
create index operations_open on operations (status, created_at)
  where status in ('notStarted', 'running');
create index operations_unpurged on operations (ended_at) where purged_at is null;

-- A table of its own: a second key may lead to the same operation (a DELETE sent again while one runs).
create table idempotency_keys (
  scope text not null constraint idempotency_keys_scope_is_short check (length(scope) <= 300),
  key text not null constraint idempotency_keys_key_is_short check (length(key) between 1 and 200),
  request_hash text not null,
  -- Deferred: the key is written before the operation, so that concurrent duplicates wait for the first.
  operation_id text collate "C" not null references operations (id) deferrable initially deferred,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (scope, key)
);

create index idempotency_keys_operation on idempotency_keys (operation_id);

-- No reference to the instance: the timeline survives it.
create table instance_events (
  id bigint generated always as identity primary key,
  instance_id uuid not null,
  operation_id text collate "C",
  type text not null constraint instance_events_type_is_short check (length(type) between 1 and 100),
  message text not null,
  data jsonb,
  at timestamptz(3) not null default clock_timestamp()
);

create index instance_events_timeline on instance_events (instance_id, id);
