create or replace function private.add_identities(
  p_customer_id uuid,
  p_channel_id uuid,
  p_identities jsonb,
  p_verified boolean default true
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
  select p_customer_id, p_channel_id, known.item ->> 'kind', known.item ->> 'value', p_verified
  from jsonb_array_elements(p_identities) as known (item)
  order by known.item ->> 'kind', known.item ->> 'value'
  on conflict (channel_id, kind, value) do nothing;
end;
$$;

comment on function private.add_identities is
'Adds the identities ([{kind, value}]) that are new; one that belongs to somebody else
stays there.';
revoke all on function private.add_identities from public;
grant execute on function private.add_identities to service_role;

create trigger touch_customer_profiles before update on public.customer_profiles
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();
