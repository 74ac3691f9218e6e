-- An event speaks of the past alone; the mark stays for a send whose answer is still out.
create or replace function private.apply_watermarks(p_channel_id uuid, p_marks jsonb)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_mark jsonb;
  v_customer_id uuid;
  v_until timestamptz;
  v_count integer := 0;
begin
  for v_mark in
    select marks.item
    from jsonb_array_elements(p_marks) with ordinality as marks (item, place)
    order by marks.item -> 'identities', marks.place
  loop
    v_customer_id := private.find_customer(p_channel_id, v_mark -> 'identities');
    v_until := private.watermark_of(p_channel_id, v_mark);
    if v_customer_id is not null and v_until is not null then
      insert into private.watermarks (channel_id, customer_id, status, until)
      values (p_channel_id, v_customer_id, v_mark ->> 'status', v_until)
      on conflict (channel_id, customer_id, status)
      do update set until = greatest(watermarks.until, excluded.until);
      v_count := v_count + private.raise_deliveries(
        p_channel_id, v_customer_id, v_mark ->> 'status', v_until
      );
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.apply_watermarks is
'Takes what platforms say of everything up to a moment: [{identities, status, until, external_id}].
Returns how many deliveries rose (R24, U3).';
revoke all on function private.apply_watermarks from public;
grant execute on function private.apply_watermarks to service_role;
