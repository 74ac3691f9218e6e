create or replace function private.with_thread(
  p_item jsonb,
  p_claimed uuid[],
  p_continued uuid
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_item || jsonb_build_object(
    'metadata',
    coalesce(nullif(p_item -> 'metadata', 'null'), '{}')
    || jsonb_build_object('from', p_item #>> '{identities,0,value}')
    || case when p_claimed <> '{}' then jsonb_strip_nulls(jsonb_build_object(
      'claimed_conversation', coalesce(p_continued, p_claimed[1]),
      'continues_conversation', p_continued
    )) else '{}' end
  );
end;
$$;

comment on function private.with_thread is
'A mail that notes its sender, the conversation it names and is not part of, and which of another
channel it continues.';
revoke all on function private.with_thread from public;
grant execute on function private.with_thread to service_role;
