-- Security definer: identities are the platform's; this is the one thing that agents may undo.
create or replace function private.clear_unreachable(p_customer_id uuid)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_count integer;
begin
  perform private.require_agent();
  update public.customer_identities
  set unreachable_since = null
  where customer_identities.customer_id = p_customer_id
    and customer_identities.unreachable_since is not null;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform private.audit('clear_unreachable', 'customer', p_customer_id::text);
  end if;
  return v_count;
end;
$$;

comment on function private.clear_unreachable is
'Lets a customer''s addresses be written to again; returns how many. PT403.';
revoke all on function private.clear_unreachable from public;
grant execute on function private.clear_unreachable to authenticated, service_role;
