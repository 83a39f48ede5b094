-- Makes the metadata's database and the control plane's role in it, which may read and write rows and nothing else.
-- An Entra administrator of the server runs it with psql, connected to the database "postgres", once before the first
-- `npm run migrate`; again does no harm:
--   psql -v ON_ERROR_STOP=1 -v identity=NAME -v object_id=OBJECT_ID -v database=toygres -f infra/sql/database-role.sql
-- The same administrator runs the migrations: what comes later is readable because it is his.

select pgaadauth_create_principal_with_oid(:'identity', :'object_id', 'service', false, false)
  where not exists (select from pg_roles where rolname = :'identity');

select format('create database %I', :'database')
  where not exists (select from pg_database where datname = :'database') \gexec

revoke all on database :"database" from public;
grant connect on database :"database" to :"identity";

\connect :"database"

revoke create on schema public from public;
grant usage on schema public to :"identity";
grant select, insert, update, delete on all tables in schema public to :"identity";
grant usage, select on all sequences in schema public to :"identity";
alter default privileges in schema public grant select, insert, update, delete on tables to :"identity";
alter default privileges in schema public grant usage, select on sequences to :"identity";
