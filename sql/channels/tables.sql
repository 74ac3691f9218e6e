create table public.channels (
  id uuid primary key default gen_random_uuid(),
  type text not null constraint channels_type_check
  check (type in ('website', 'email', 'whatsapp', 'instagram', 'messenger', 'telegram')),
  account text not null default 'default',
  name text not null,
  is_enabled boolean not null default true,
  status text not null default 'unknown' constraint channels_status_check
  check (status in ('unknown', 'connected', 'degraded', 'disconnected')),
  status_reason text,
  service_window interval,
  max_text_length integer,
  fallback_channel_id uuid references public.channels (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint channels_account_key unique (type, account)
);

create index channels_fallback_channel_id_idx on public.channels (fallback_channel_id);

comment on table public.channels is
'One row per account through which customers write: a phone number, a page, a mailbox, a widget.';
comment on column public.channels.account is
'The platform''s own id of the account: phone_number_id, page id, bot id, mailbox.';
comment on column public.channels.service_window is
'How long after the customer''s last message free text may be sent; null means always.';
comment on column public.channels.status is 'As learned from real traffic, shown on /readyz (R70).';
comment on column public.channels.max_text_length is
'How many characters the platform takes in one message; null means no limit known.';
comment on column public.channels.fallback_channel_id is
'Where to turn when this channel cannot reach a customer (R73).';
