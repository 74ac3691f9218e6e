-- Where a message is split its channel's adapter decides, so it errs towards several.
create or replace function private.may_have_parts(p_delivery private.deliveries)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_delivery.part_ids <> '{}' or p_delivery.channel_type <> 'email' and exists (
    select 1
    from public.messages
    join public.channels on channels.id = p_delivery.channel_id
    cross join lateral (
      select
        coalesce(p_delivery.content, messages.content) as text,
        case jsonb_typeof(messages.metadata -> 'media')
          when 'array' then jsonb_array_length(messages.metadata -> 'media') else 0
        end as files
    ) as carried
    where messages.id = p_delivery.message_id
      and (
        private.text_size(channels.type, carried.text) > least(
          channels.max_text_length, case when messages.metadata ? 'choices' then 1000 end
        )
        or carried.files > 1
        or carried.files = 1 and carried.text <> '' and not private.takes_caption(
          channels.type, carried.text, messages.metadata
        )
      )
  );
end;
$$;

comment on function private.may_have_parts is
'Whether a delivery may go out in several parts, of which each has a receipt of its own; a file with
its caption is one, and so is every mail.';
revoke all on function private.may_have_parts from public;
grant execute on function private.may_have_parts to service_role;
