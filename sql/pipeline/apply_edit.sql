create or replace function private.apply_edit(p_message public.messages, p_item jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set
    content = left(coalesce(p_item ->> 'content', ''), 100000),
    edited_at = clock_timestamp(),
    updated_at = clock_timestamp(),
    metadata = messages.metadata || jsonb_build_object(
      'edit_at', p_item ->> 'occurred_at',
      'versions', coalesce(messages.metadata -> 'versions', '[]') || case
        when messages.content = left(coalesce(p_item ->> 'content', ''), 100000) then '[]'
        else jsonb_build_array(messages.content)
      end
    )
  where messages.id = p_message.id
    and messages.deleted_at is null
    and private.is_newer(p_item ->> 'occurred_at', messages.metadata ->> 'edit_at')
    and (
      p_item ->> 'occurred_at' is not null
      or messages.content is distinct from left(coalesce(p_item ->> 'content', ''), 100000)
    );
  if found and p_message.content is distinct from left(coalesce(p_item ->> 'content', ''), 100000)
  then
    perform private.redo_turn(p_message);
  end if;
end;
$$;

comment on function private.apply_edit is
'Gives a message the customer''s new words and keeps the former ones in its metadata; an edit that
comes late or twice changes nothing.';
revoke all on function private.apply_edit from public;
grant execute on function private.apply_edit to service_role;
