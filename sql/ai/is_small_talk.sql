create or replace function private.is_small_talk(p_reply jsonb)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(
    p_reply ->> 'outcome' = 'clarify'
    and p_reply ->> 'wire' = 'rules'
    and p_reply ->> 'intent' = any (private.small_talk_intents()),
    false
  );
$$;

comment on function private.is_small_talk is
'Whether a reply is the worker''s own words: no model wrote it, and it rests on no article.';
revoke all on function private.is_small_talk from public;
grant execute on function private.is_small_talk to service_role;
