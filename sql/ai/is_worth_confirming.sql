-- What a customer believes is what they were told last. The fifth confirmation of a day is left to
-- STOP, so that nobody who goes on and off has been told last that they are written to.
create or replace function private.is_worth_confirming(
  p_customer_id uuid,
  p_channel_id uuid,
  p_wish text
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select
    (array_agg(told.what order by told.told_at desc))[1] is distinct from p_wish
    and count(*) < case p_wish when 'opt_out' then 5 else 4 end
  from private.told_lately(p_customer_id, p_channel_id) as told
  where told.what in ('opt_out', 'opt_in');
$$;

comment on function private.is_worth_confirming is
'Whether a STOP (opt_out) or START (opt_in) is another than was confirmed last within a day, and few
enough were.';
revoke all on function private.is_worth_confirming from public;
grant execute on function private.is_worth_confirming to service_role;
