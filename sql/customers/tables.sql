create table public.customer_profiles (
  id uuid primary key default gen_random_uuid(),
  name text,
  email text,
  phone text,
  language text,
  attributes jsonb not null default '{}',
  is_blocked boolean not null default false,
  erased_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.customer_profiles is 'A person who writes to us, on however many channels.';
comment on column public.customer_profiles.language is 'BCP 47 tag of what they write, once known.';
comment on column public.customer_profiles.erased_at is 'When their data was erased (R82).';
comment on column public.customer_profiles.attributes is
'What agents or systems note about the customer, free in form.';

create table public.customer_identities (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  kind text not null constraint customer_identities_kind_check
  check (kind in ('phone', 'bsuid', 'email', 'visitor', 'external')),
  value text not null constraint customer_identities_value_check
  check (length(value) between 1 and 512),
  is_verified boolean not null default false,
  created_at timestamptz not null default now(),
  constraint customer_identities_value_key unique (channel_id, kind, value)
);

create index customer_identities_customer_id_idx on public.customer_identities (customer_id);
create index customer_identities_visitor_idx on public.customer_identities (value)
where kind = 'visitor';

comment on table public.customer_identities is
'How a platform names a customer; several each, since WhatsApp users may come without a phone.';
comment on column public.customer_identities.is_verified is
'True when the platform vouches for it, false when the customer merely said so.';
comment on column public.customer_identities.value is
'In the platform''s own form: digits of a phone number, lower-case e-mail address, uuid.';
