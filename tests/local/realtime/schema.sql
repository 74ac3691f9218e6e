-- What the Realtime tests listen to: rows under policies, every kind of value, awkward tables.
set role postgres;

create table public.notes (
  id bigint primary key,
  author uuid,
  body text,
  stars integer,
  price numeric
);
alter table public.notes enable row level security;
create policy own_notes on public.notes
for all to authenticated using (author = auth.uid()) with check (author = auth.uid());

create table public.samples (
  id bigint primary key,
  amount numeric,
  ratio double precision,
  small_ratio real,
  is_on boolean,
  doc jsonb,
  raw_doc json,
  words text,
  code varchar(10),
  owner uuid,
  local_time timestamp,
  world_time timestamptz,
  day date,
  hour time,
  span interval,
  numbers integer[],
  names text[],
  blob bytea,
  grid integer[],
  flags boolean[],
  moments timestamptz[]
);
create type public.mood as enum ('calm', 'cross');
create domain public.percent as integer check (value between 0 and 100);
create type public.point as (x integer, y text);
create table public.oddities (
  id integer primary key,
  mood public.mood,
  share public.percent,
  place public.point,
  places public.point[],
  dimensions int4range
);
create table public.wordlist (word text);
create table public.ledger (id integer primary key, credit text, debit text);
alter table public.ledger replica identity full;
create table public.pairs (a integer, b text, c text, primary key (a, b));
create table public.marks (id bigint primary key);
create table public.unpublished (id integer primary key);

alter publication supabase_realtime add table
  public.notes, public.samples, public.oddities, public.wordlist, public.ledger, public.pairs,
  public.marks;

grant select, insert, update, delete on all tables in schema public
to anon, authenticated, service_role;

create policy desk_read on realtime.messages
for select to authenticated
using (realtime.topic() = 'desk:' || auth.uid());
create policy desk_write on realtime.messages
for insert to authenticated
with check (realtime.topic() = 'desk:' || auth.uid());
create policy hall_read on realtime.messages
for select to authenticated
using (realtime.topic() = 'hall' and extension = 'broadcast');

create function public.announce() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform realtime.broadcast_changes(
    'desk:' || coalesce(new.author, old.author), tg_op, tg_op, tg_table_name, tg_table_schema,
    new, old
  );
  return null;
end;
$$;
create trigger announce after insert or update or delete on public.notes
for each row execute function public.announce();
