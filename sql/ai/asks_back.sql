-- The gate sees words alone: a question may hold no number, address or command to open something,
-- and may want nothing that a swindler wants.
create or replace function private.asks_back(p_reply jsonb)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select p_reply ->> 'outcome' = 'clarify'
    and coalesce(jsonb_typeof(p_reply -> 'sources'), 'null') in ('null', 'array')
    and coalesce(p_reply -> 'sources', '[]') in ('[]', 'null')
    and length(p_reply ->> 'content') <= 200
    and btrim(p_reply ->> 'content') ~ '^[^.!?？؟。！\n]+[?？؟]$'
    and p_reply ->> 'content' !~ '[[:digit:]٠-٩۰-۹@<>{}\[\]/\\%€$£]'
    and not private.asks_for_secrets(p_reply ->> 'content');
$$;

comment on function private.asks_back is
'Whether a reply is one short question back to the customer (at most 200 characters, no number, no
address, no second sentence, nothing secret asked for), which needs no source as it tells nothing.';
revoke all on function private.asks_back from public;
grant execute on function private.asks_back to service_role;
