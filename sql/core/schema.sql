-- Two schemas: public holds what front-ends read and call, private what only our processes use.
create schema if not exists private;

comment on schema private is
'Queues, raw requests and functions of our own processes; never exposed by the API.';

revoke all on schema private from public;
grant usage on schema private to anon, authenticated, service_role;

-- Without this every new function may be run by everybody; the per-schema form does not help.
alter default privileges revoke execute on functions from public;

create extension if not exists vector with schema extensions;
