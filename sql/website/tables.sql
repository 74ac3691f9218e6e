create table public.visitor_sessions (
  id uuid primary key default gen_random_uuid(),
  visitor_id uuid not null references auth.users (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  visit_number integer not null default 1,
  page_count integer not null default 0,
  landing_url text not null,
  referrer text,
  user_agent text,
  language text,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);

create index visitor_sessions_visitor_id_idx on public.visitor_sessions (visitor_id, seen_at);
create index visitor_sessions_channel_id_idx on public.visitor_sessions (channel_id);
create index visitor_sessions_seen_at_idx on public.visitor_sessions (seen_at);

comment on table public.visitor_sessions is
'A visit to the website, by somebody who has agreed to it being kept; over after 30 idle minutes
(R41).';
comment on column public.visitor_sessions.visit_number is 'Their how many-th visit this is.';
comment on column public.visitor_sessions.language is 'That their browser asks for first.';

create table public.page_visits (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.visitor_sessions (id) on delete cascade,
  url text not null,
  title text,
  visited_at timestamptz not null default clock_timestamp()
);

create index page_visits_session_id_idx on public.page_visits (session_id, visited_at);

comment on table public.page_visits is 'The pages of a session, addresses without secrets (R41).';

create table public.proactive_rules (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid references public.channels (id) on delete cascade,
  name text not null unique constraint proactive_rules_name_check
  check (length(name) between 1 and 100),
  is_enabled boolean not null default true,
  position integer not null default 100,
  url_pattern text constraint proactive_rules_url_pattern_check
  check (length(url_pattern) <= 500 and url_pattern !~ '(\*.*){11}'),
  min_seconds_on_page integer not null default 0
  constraint proactive_rules_min_seconds_on_page_check
  check (min_seconds_on_page between 0 and 3600),
  min_visits integer not null default 1,
  once_in_days integer default 7 constraint proactive_rules_once_in_days_check
  check (once_in_days between 0 and 3650),
  languages text[],
  only_in_office_hours boolean not null default false,
  texts jsonb not null constraint proactive_rules_texts_check
  check (jsonb_typeof(texts) = 'object' and texts <> '{}'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index proactive_rules_channel_id_idx on public.proactive_rules (channel_id);

comment on table public.proactive_rules is
'When the website speaks first (R42): the first rule by position that fits a visitor.';
comment on column public.proactive_rules.channel_id is 'Null: on every widget.';
comment on column public.proactive_rules.url_pattern is
'Of the page, with * for anything, ten at most: https://shop.example.com/cart*; null: any page.';
comment on column public.proactive_rules.min_visits is 'From their how many-th visit on.';
comment on column public.proactive_rules.once_in_days is
'A visitor is shown it once in so many days; null: once and never again.';
comment on column public.proactive_rules.languages is
'For browsers that ask for one of these, as {en,de}; null: any.';
comment on column public.proactive_rules.texts is
'What it says by language: {"en": "…", "de": "…"}.';

create table public.proactive_shows (
  id uuid primary key default gen_random_uuid(),
  rule_id uuid not null references public.proactive_rules (id) on delete cascade,
  visitor_id uuid not null references auth.users (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  session_id uuid references public.visitor_sessions (id) on delete set null,
  conversation_id uuid references public.conversations (id) on delete set null,
  text text not null,
  shown_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz
);

create index proactive_shows_visitor_id_idx
on public.proactive_shows (visitor_id, rule_id, shown_at);
create index proactive_shows_rule_id_idx on public.proactive_shows (rule_id);
create index proactive_shows_channel_id_idx on public.proactive_shows (channel_id);
create index proactive_shows_session_id_idx on public.proactive_shows (session_id);
create index proactive_shows_conversation_id_idx on public.proactive_shows (conversation_id);
create index proactive_shows_shown_at_idx on public.proactive_shows using brin (shown_at);

comment on table public.proactive_shows is 'To whom a rule has spoken, and who has answered.';

create table private.unread_chats (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  due_at timestamptz not null
);

create index unread_chats_due_at_idx on private.unread_chats (due_at);

comment on table private.unread_chats is
'Conversations on the website with answers that their visitor may have left unread, and when to
look.';
