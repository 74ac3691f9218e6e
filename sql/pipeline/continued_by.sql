-- A conversation keeps to its channel: ids of mails are unique there, and so are receipts.
create or replace function private.continued_by(
  p_named uuid[],
  p_customer_id uuid,
  p_channel_id uuid,
  p_item jsonb
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select conversations.id
    from unnest(p_named) with ordinality as named (id, place)
    join public.conversations on conversations.id = named.id
    where conversations.channel_id <> p_channel_id
      and not private.is_doubtful(p_item)
      and (
        conversations.customer_id = p_customer_id
        or conversations.channel_type = 'website'
        and p_item #>> '{metadata,authentication,trusted}' = 'true'
        and private.consented_email(conversations.customer_id)
        = p_item #>> '{identities,0,value}'
      )
    order by named.place
    limit 1
  );
end;
$$;

comment on function private.continued_by is
'The conversation on another channel that a mail goes on with: it names it, and is from its customer
or proven to be from the address that the visitor left; null for none (R37).';
revoke all on function private.continued_by from public;
grant execute on function private.continued_by to service_role;
