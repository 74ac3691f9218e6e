create table public.customer_profiles (
  id uuid primary key default gen_random_uuid(),
  name text,
  email text,
  phone text,
  language text,
  heard_language text,
  attributes jsonb not null default '{}',
  is_blocked boolean not null default false,
  erased_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.customer_profiles is 'A person who writes to us, on however many channels.';
comment on column public.customer_profiles.language is 'BCP 47 tag of what they write, once known.';
comment on column public.customer_profiles.heard_language is
'What language was last set to by what they write or by their platform. Where the two differ, an
agent knows better, and nothing that is heard changes it.';
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
  unreachable_since timestamptz,
  profile_due_at timestamptz default now(),
  profile_asks integer not null default 0,
  created_at timestamptz not null default now(),
  consented_at timestamptz,
  consent_source text,
  revoked_at timestamptz,
  preferred_at timestamptz,
  fallback_rank smallint,
  constraint customer_identities_value_key unique (channel_id, kind, value)
);

create index customer_identities_customer_id_idx on public.customer_identities (customer_id);
create index customer_identities_visitor_idx on public.customer_identities (value)
where kind = 'visitor';
create index customer_identities_unreachable_idx on public.customer_identities (channel_id)
where unreachable_since is not null;

create index customer_identities_profile_idx
on public.customer_identities (channel_id, profile_due_at)
where kind = 'external' and profile_due_at is not null;

comment on table public.customer_identities is
'How a platform names a customer; several each, since WhatsApp users may come without a phone.';
comment on column public.customer_identities.is_verified is
'True when the platform vouches for it, false when the customer merely said so.';
comment on column public.customer_identities.unreachable_since is
'Since when nothing sent there arrives, as the platform said; null once the customer writes again.';
comment on column public.customer_identities.value is
'In the platform''s own form: digits of a phone number, lower-case e-mail address, uuid.';
comment on column public.customer_identities.profile_due_at is
'When to ask the platform who this is, where it has to be asked; null once it has said so or will
not (R33).';
comment on column public.customer_identities.profile_asks is
'How often that was tried; the pauses between grow.';
comment on column public.customer_identities.consented_at is
'Since when the customer agrees to be written to here, unasked or in place of another channel.';
comment on column public.customer_identities.consent_source is
'How they agreed: a form, a call, a law, or their own START.';
comment on column public.customer_identities.revoked_at is
'When they withdrew it; it counts only while later than consented_at.';
comment on column public.customer_identities.preferred_at is
'When they last told the platform what they want, by its clock; an older wish that comes late
changes nothing.';
comment on column public.customer_identities.fallback_rank is
'Which of the customer''s identities takes over first where another fails; null: not asked for.';

create table private.email_consents (
  customer_id uuid primary key references public.customer_profiles (id) on delete cascade,
  email text not null constraint email_consents_email_check check (length(email) <= 320),
  consented_at timestamptz not null default clock_timestamp(),
  consent_source text not null,
  revoked_at timestamptz
);

create index email_consents_email_idx on private.email_consents (email);

comment on table private.email_consents is
'Where visitors want answers sent once they have left the page. Whoever types an address in may not
own it: it is no identity and leads nobody to its owner''s conversations.';
comment on column private.email_consents.consent_source is
'How they gave it: create_conversation, leave_email, identify.';

create table private.consent_words (
  wish text not null constraint consent_words_wish_check
  check (wish in ('opt_out', 'opt_in', 'politely')),
  language text not null,
  words text not null,
  constraint consent_words_pkey primary key (wish, language, words)
);

create index consent_words_first_idx on private.consent_words (split_part(words, ' ', 1));

comment on table private.consent_words is
'What a message is made of that says nothing but STOP (opt_out), START (opt_in) or their like, and
what may stand beside it (politely); words as private.parted gives them.';

create table private.identity_moves (
  id uuid primary key default gen_random_uuid(),
  visitor_id uuid not null,
  channel_id uuid not null references public.channels (id) on delete cascade,
  from_customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  to_customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  conversation_id uuid,
  moved_at timestamptz not null default clock_timestamp()
);

create index identity_moves_visitor_id_idx on private.identity_moves (visitor_id);
create index identity_moves_channel_id_idx on private.identity_moves (channel_id);
create index identity_moves_from_customer_id_idx on private.identity_moves (from_customer_id);
create index identity_moves_to_customer_id_idx on private.identity_moves (to_customer_id);

comment on table private.identity_moves is
'Visitors who turned out to be a customer we know: what moved, so that it can move back. They go on
reading what they wrote before.';
comment on column private.identity_moves.conversation_id is
'The open conversation that went with them, if one did.';
