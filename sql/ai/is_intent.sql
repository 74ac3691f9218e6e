create or replace function private.is_intent(p_intent text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return lower(p_intent) = any (private.small_talk_intents())
    or exists (
      select
      from public.knowledge_articles
      where lower(left(knowledge_articles.title, 100)) = lower(p_intent)
    )
    or exists (
      select
      from public.conversations
      where lower(conversations.intent) = lower(p_intent)
    );
end;
$$;

comment on function private.is_intent is
'Whether a turn was of this intent, or may be: small talk, an article''s title, or what a language
model has called one.';
revoke all on function private.is_intent from public;
grant execute on function private.is_intent to authenticated, service_role;
