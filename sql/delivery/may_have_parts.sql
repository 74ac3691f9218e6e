-- Where a message is split its channel's adapter decides, so it errs towards several.
create or replace function private.may_have_parts(p_delivery private.deliveries)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_delivery.part_ids <> '{}' or exists (
    select 1
    from public.messages
    join public.channels on channels.id = p_delivery.channel_id
    where messages.id = p_delivery.message_id
      and (
        length(coalesce(p_delivery.content, messages.content)) > least(
          channels.max_text_length, case when messages.metadata ? 'choices' then 1000 end
        )
        or (messages.content <> '')::integer
        + case jsonb_typeof(messages.metadata -> 'media')
          when 'array' then jsonb_array_length(messages.metadata -> 'media') else 0
        end > 1
      )
  );
end;
$$;

comment on function private.may_have_parts is
'Whether a delivery may go out in several parts, of which each has a receipt of its own.';
revoke all on function private.may_have_parts from public;
grant execute on function private.may_have_parts to service_role;
