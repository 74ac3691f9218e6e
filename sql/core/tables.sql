create table public.agents (
  id uuid primary key references auth.users (id) on delete cascade,
  email text not null,
  name text not null,
  role text not null default 'agent' constraint agents_role_check
  check (role in ('agent', 'admin')),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.agents is 'People who answer customers; id is their auth user.';
comment on column public.agents.role is 'agent, or admin (settings, agents, erasure).';
comment on column public.agents.is_active is
'False shuts an agent out at once, whatever token they hold.';

create table public.audit_log (
  id bigint generated always as identity primary key,
  actor_id uuid,
  actor_role text not null,
  action text not null,
  subject text not null,
  subject_id text,
  details jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);

create index audit_log_subject_idx on public.audit_log (subject, subject_id);

comment on table public.audit_log is 'Who changed what, append-only for everybody (R83).';
comment on column public.audit_log.details is 'Names of the changed columns; never their contents.';

create table private.processes (
  name text primary key,
  kind text not null constraint processes_kind_check
  check (kind in ('worker', 'webhooks', 'gateway')),
  state jsonb not null default '{}',
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);

comment on table private.processes is
'Heartbeat of every living process, once a second; a silent worker loses its claims.';
comment on column private.processes.state is 'How it fares, in its own words: counts, versions.';
comment on column private.processes.seen_at is 'By the clock of the database.';

create unlogged table private.paces (
  subject text primary key,
  started_at timestamptz not null default clock_timestamp(),
  count integer not null
);

comment on table private.paces is
'How often somebody did something since a window began; lost with a crash, which harms nobody.';
comment on column private.paces.subject is 'What is done and by whom, as "typing <user id>".';
