-- What a hosted Supabase project already has and Romashka uses, for the embedded Postgres: roles,
-- schemas, helper functions, grants. Run by the superuser supabase_admin in an empty database, in
-- one transaction. The setting romashka.default_privileges chooses what new objects of postgres in
-- public are granted: "new" (hosted since 2026-10-30) or "legacy" (older projects).
--
-- One thing works differently inside. Hosted lets the role postgres write policies and drop triggers
-- on platform tables it does not own, by a server extension (supautils). Plain Postgres knows only
-- ownership, so here the tables belong to supabase_policy_admin, a role postgres inherits, and the
-- event triggers at the end refuse everything but policies and triggers. The limit: postgres may
-- truncate, grant and revoke on these tables, as an owner may.

-- Roles -----------------------------------------------------------------------------------------
-- Roles belong to the whole server, so a second database finds them in place.

do $$
begin
  if to_regrole('postgres') is not null then
    return;
  end if;

  create role anon nologin inherit;
  create role authenticated nologin inherit;
  create role service_role nologin inherit bypassrls;
  create role authenticator login noinherit;
  create role postgres login createdb createrole replication bypassrls;
  -- Hosted it owns the tables of auth, which are shut for everybody else; here it has to pass.
  create role supabase_auth_admin nologin noinherit createrole bypassrls;
  create role supabase_storage_admin nologin noinherit createrole;
  create role supabase_realtime_admin nologin noinherit;
  create role supabase_policy_admin nologin noinherit;

  grant anon, authenticated, service_role to authenticator;
  grant anon, authenticated, service_role to supabase_storage_admin;
  grant anon, authenticated, service_role to supabase_realtime_admin;
  grant anon, authenticated, service_role to postgres with admin option;
  grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with admin option;
  grant supabase_policy_admin to postgres;

  alter role anon set statement_timeout = '3s';
  alter role authenticated set statement_timeout = '8s';
  alter role authenticator set statement_timeout = '8s';
  alter role authenticator set lock_timeout = '8s';
  alter role postgres set search_path = "$user", public, extensions;
  alter role supabase_admin set search_path = "$user", public, extensions;
end;
$$;

-- Schemas ---------------------------------------------------------------------------------------

do $$
begin
  execute format('grant all on database %I to postgres', current_database());
end;
$$;

grant usage on schema public to anon, authenticated, service_role;
grant all on schema public to postgres;

create schema extensions;
create schema auth;
create schema storage;
create schema realtime;
create schema gateway;

grant usage on schema extensions, auth, storage to postgres, anon, authenticated, service_role;
grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
-- Foreign keys are checked as the table's owner.
grant usage on schema auth, storage, realtime to supabase_policy_admin;
grant create on schema extensions to postgres;
grant all on schema auth to supabase_auth_admin;
grant all on schema storage to supabase_storage_admin;
grant all on schema realtime to supabase_realtime_admin;

-- What the API roles get on objects that postgres makes in public. PUBLIC keeps the built-in right
-- to execute functions in both regimes, as hosted.
do $$
begin
  if current_setting('romashka.default_privileges', true) = 'legacy' then
    alter default privileges for role postgres in schema public
    grant all on tables to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
    grant all on sequences to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
    grant all on functions to anon, authenticated, service_role;
  else
    alter default privileges for role postgres in schema public
    grant truncate, references, trigger on tables to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
    grant update on sequences to anon, authenticated, service_role;
  end if;
end;
$$;

-- Extensions ------------------------------------------------------------------------------------
-- The embedded server has vector alone. The two functions of pgcrypto that migrations may use are
-- written on the built-in hashes.

create extension vector with schema extensions;

create function extensions.digest(data bytea, type text)
returns bytea
language plpgsql
immutable strict parallel safe
set search_path = ''
as $$
begin
  return case lower(type)
    when 'md5' then decode(md5(data), 'hex')
    when 'sha224' then sha224(data)
    when 'sha256' then sha256(data)
    when 'sha384' then sha384(data)
    when 'sha512' then sha512(data)
  end;
end;
$$;

create function extensions.digest(data text, type text)
returns bytea
language sql
immutable strict parallel safe
set search_path = ''
as $$ select extensions.digest(convert_to(data, 'UTF8'), type) $$;

create function extensions.hmac(data bytea, key bytea, type text)
returns bytea
language plpgsql
immutable strict parallel safe
set search_path = ''
as $$
declare
  v_block constant integer := case when lower(type) in ('sha384', 'sha512') then 128 else 64 end;
  v_key bytea := case when length(key) > v_block then extensions.digest(key, type) else key end;
  v_inner bytea;
  v_outer bytea;
begin
  v_key := v_key || decode(repeat('00', v_block - length(v_key)), 'hex');
  v_inner := v_key;
  v_outer := v_key;
  for i in 0 .. v_block - 1 loop
    v_inner := set_byte(v_inner, i, get_byte(v_key, i) # 54);
    v_outer := set_byte(v_outer, i, get_byte(v_key, i) # 92);
  end loop;
  return extensions.digest(v_outer || extensions.digest(v_inner || data, type), type);
end;
$$;

create function extensions.hmac(data text, key text, type text)
returns bytea
language sql
immutable strict parallel safe
set search_path = ''
as $$ select extensions.hmac(convert_to(data, 'UTF8'), convert_to(key, 'UTF8'), type) $$;

-- auth ------------------------------------------------------------------------------------------

create table auth.users (
  instance_id uuid,
  id uuid not null primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz,
  updated_at timestamptz,
  phone text unique default null,
  phone_confirmed_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  banned_until timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  is_anonymous boolean not null default false
);
create unique index users_email_partial_key on auth.users (email) where is_sso_user = false;
create index users_is_anonymous_idx on auth.users (is_anonymous);

create table auth.sessions (
  id uuid not null primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz,
  updated_at timestamptz,
  not_after timestamptz,
  refreshed_at timestamp,
  user_agent text,
  ip inet
);
create index sessions_user_id_idx on auth.sessions (user_id);

create table auth.refresh_tokens (
  instance_id uuid,
  id bigserial primary key,
  token varchar(255) unique,
  user_id varchar(255),
  revoked boolean,
  created_at timestamptz,
  updated_at timestamptz,
  parent varchar(255),
  session_id uuid references auth.sessions (id) on delete cascade
);
create index refresh_tokens_parent_idx on auth.refresh_tokens (parent);
create index refresh_tokens_session_id_revoked_idx on auth.refresh_tokens (session_id, revoked);

alter table auth.users enable row level security;
alter table auth.sessions enable row level security;
alter table auth.refresh_tokens enable row level security;

create function auth.uid()
returns uuid
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create function auth.role()
returns text
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

create function auth.email()
returns text
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

create function auth.jwt()
returns jsonb
language sql
stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

grant all on all tables in schema auth to postgres;
grant all on all sequences in schema auth to postgres;
grant all on all tables in schema auth to supabase_auth_admin;
grant all on all sequences in schema auth to supabase_auth_admin;
alter table auth.users owner to supabase_policy_admin;
alter table auth.sessions owner to supabase_policy_admin;
alter table auth.refresh_tokens owner to supabase_policy_admin;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.email() owner to supabase_auth_admin;
alter function auth.jwt() owner to supabase_auth_admin;

-- storage ---------------------------------------------------------------------------------------

create table storage.buckets (
  id text not null primary key,
  name text not null,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text
);
create unique index bname on storage.buckets (name);

create table storage.objects (
  id uuid not null primary key default gen_random_uuid(),
  bucket_id text references storage.buckets (id),
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb
);
create unique index bucketid_objname on storage.objects (bucket_id, name);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;

create function storage.foldername(name text)
returns text[]
language sql
immutable
as $$ select trim_array(string_to_array(name, '/'), least(1, cardinality(string_to_array(name, '/')))) $$;

create function storage.filename(name text)
returns text
language sql
immutable
as $$ select (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))] $$;

create function storage.extension(name text)
returns text
language sql
immutable
as $$ select split_part(storage.filename(name), '.', -1) $$;

create function storage.operation()
returns text
language sql
stable
as $$ select current_setting('storage.operation', true) $$;

create function storage.protect_delete()
returns trigger
language plpgsql
as $$
begin
  if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
    raise exception using
      errcode = '42501',
      message = 'Direct deletion from storage tables is not allowed. Use the Storage API instead.',
      hint = 'A row deleted by hand would leave its file behind.';
  end if;
  return null;
end;
$$;

create trigger protect_buckets_delete
before delete on storage.buckets
for each statement execute function storage.protect_delete();

create trigger protect_objects_delete
before delete on storage.objects
for each statement execute function storage.protect_delete();

alter table storage.buckets owner to supabase_policy_admin;
alter table storage.objects owner to supabase_policy_admin;
alter function storage.foldername(text) owner to supabase_storage_admin;
alter function storage.filename(text) owner to supabase_storage_admin;
alter function storage.extension(text) owner to supabase_storage_admin;
alter function storage.operation() owner to supabase_storage_admin;
alter function storage.protect_delete() owner to supabase_storage_admin;
grant all on storage.buckets, storage.objects to supabase_storage_admin;
grant all on storage.buckets, storage.objects to postgres with grant option;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;

-- realtime --------------------------------------------------------------------------------------

create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at),
  constraint messages_payload_exclusive check (payload is null or binary_payload is null)
) partition by range (inserted_at);
create index messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
where extension = 'broadcast' and private is true;

alter table realtime.messages enable row level security;

create function realtime.topic()
returns text
language sql
stable
as $$ select nullif(current_setting('realtime.topic', true), '') $$;

-- A notice that cannot be written never breaks the transaction that wanted to send it: the caller
-- sees a warning at most. That is hosted behaviour, and the reason why rows are the truth.
create function realtime.send(
  payload jsonb, event text, topic text, private boolean default true
)
returns void
language plpgsql
as $$
declare
  v_id uuid;
begin
  v_id := gen_random_uuid();
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (
    v_id,
    case when payload ? 'id' then payload else jsonb_set(payload, '{id}', to_jsonb(v_id)) end,
    event, topic, private, 'broadcast'
  );
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end;
$$;

create function realtime.send_binary(
  payload bytea, event text, topic text, private boolean default true
)
returns void
language plpgsql
as $$
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, binary_payload, event, topic, private, extension)
  values (gen_random_uuid(), payload, event, topic, private, 'broadcast');
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end;
$$;

create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
)
returns void
language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation is null or operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'schema', table_schema, 'table', table_name, 'operation', operation,
      'record', new, 'old_record', old
    ),
    event_name,
    topic_name
  );
exception
  when others then
    raise exception 'Failed to process the row: %', sqlerrm;
end;
$$;

alter table realtime.messages owner to supabase_policy_admin;
alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.send(jsonb, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.send_binary(bytea, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.broadcast_changes(text, text, text, text, text, record, record, text)
owner to supabase_realtime_admin;
grant all on realtime.messages to postgres, supabase_realtime_admin;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

-- The days around now as partitions. Hosted keeps yesterday to three days ahead and drops what is
-- older than 72 hours; its server does so, here the launcher and the gateway call this function.
create function gateway.keep_message_days(p_now timestamp default now()::timestamp)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_day date;
  v_name text;
  v_changed integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('gateway.keep_message_days'));
  for v_day in
    select generate_series(p_now::date - 1, p_now::date + 3, interval '1 day')::date
  loop
    v_name := 'messages_' || to_char(v_day, 'YYYY_MM_DD');
    if to_regclass('realtime.' || v_name) is null then
      execute format(
        'create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
        v_name, v_day, v_day + 1
      );
      v_changed := v_changed + 1;
    end if;
  end loop;

  for v_name in
    select pg_class.relname
    from pg_catalog.pg_inherits
    inner join pg_catalog.pg_class on pg_class.oid = pg_inherits.inhrelid
    where
      pg_inherits.inhparent = 'realtime.messages'::regclass
      and to_date(right(pg_class.relname, 10), 'YYYY_MM_DD') + 1 <= p_now - interval '72 hours'
  loop
    execute format('drop table realtime.%I', v_name);
    v_changed := v_changed + 1;
  end loop;
  return v_changed;
end;
$$;

comment on function gateway.keep_message_days is
'Makes the partitions of realtime.messages from yesterday to three days ahead and drops those older than 72 hours; gives how many it made and dropped.';
revoke all on function gateway.keep_message_days(timestamp) from public;

select gateway.keep_message_days();

-- Publications ----------------------------------------------------------------------------------
-- Through the root, so that the reader sees realtime.messages and not one name for each day.

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
create publication supabase_realtime_messages_publication
for table realtime.messages with (publish = 'insert', publish_via_partition_root = true);

-- What postgres may not do with the tables above ------------------------------------------------

create function gateway.refuse_platform_ddl()
returns event_trigger
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_command record;
begin
  if (select pg_roles.rolsuper from pg_catalog.pg_roles where pg_roles.rolname = current_user) then
    return;
  end if;
  for v_command in select * from pg_event_trigger_ddl_commands() loop
    if
      v_command.command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'COMMENT')
      and v_command.object_identity ~ '(^| on )(auth|storage|realtime)\.'
    then
      raise exception using
        errcode = '42501',
        message = format('must be owner of %s %s', v_command.object_type, v_command.object_identity);
    end if;
  end loop;
end;
$$;

create function gateway.refuse_platform_drop()
returns event_trigger
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_object record;
begin
  if (select pg_roles.rolsuper from pg_catalog.pg_roles where pg_roles.rolname = current_user) then
    return;
  end if;
  for v_object in select * from pg_event_trigger_dropped_objects() loop
    if
      v_object.schema_name in ('auth', 'storage', 'realtime')
      and v_object.object_type not in ('policy', 'trigger')
    then
      raise exception using
        errcode = '42501',
        message = format('must be owner of %s %s', v_object.object_type, v_object.object_identity);
    end if;
  end loop;
end;
$$;

revoke all on function gateway.refuse_platform_ddl() from public;
revoke all on function gateway.refuse_platform_drop() from public;

create event trigger refuse_platform_ddl on ddl_command_end
execute function gateway.refuse_platform_ddl();
create event trigger refuse_platform_drop on sql_drop
execute function gateway.refuse_platform_drop();
