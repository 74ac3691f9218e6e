create or replace function private.sender_of(
  p_customer_ids uuid[],
  p_has_new_names boolean,
  p_item private.inbound_item
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_has_new_names and private.is_passed_on(
      p_item.channel_id, p_customer_ids[1], p_item.item -> 'identities'
    ) then null
    else p_customer_ids[1]
  end;
end;
$$;

comment on function private.sender_of is
'Which of the customers who are known by a message''s names has written it, the best name first;
null where the only one known is a number that was passed on.';
revoke all on function private.sender_of from public;
grant execute on function private.sender_of to service_role;
