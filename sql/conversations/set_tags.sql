create or replace function public.set_tags(p_conversation_id uuid, p_tags text[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  if p_tags is null or cardinality(p_tags) > 50 or exists (
    select 1
    from unnest(p_tags) as wanted (tag)
    where wanted.tag is null or length(btrim(wanted.tag)) not between 1 and 64
  ) then
    raise exception using
      errcode = 'PT400',
      message = 'up to 50 tags of 1 to 64 characters';
  end if;

  update public.conversations
  set tags = (
    select coalesce(array_agg(distinct btrim(wanted.tag) order by btrim(wanted.tag)), '{}')
    from unnest(p_tags) as wanted (tag)
  )
  where conversations.id = p_conversation_id;
end;
$$;

comment on function public.set_tags is
'Replaces the tags of a conversation (R13). PT400, PT403, PT404.';
revoke all on function public.set_tags from public, anon, authenticated, service_role;
grant execute on function public.set_tags to authenticated, service_role;
