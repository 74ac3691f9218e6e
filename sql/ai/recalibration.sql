create or replace function private.recalibration(p_fit text)
returns table (
  labels integer,
  bias double precision,
  slope double precision,
  bias_variance double precision,
  slope_variance double precision,
  covariance double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_log_odds double precision[];
  v_right integer[];
  v_found double precision[] := '{0, 1}';
begin
  select array_agg(guesses.log_odds), array_agg(guesses.is_right)
  into v_log_odds, v_right
  from private.judged_guesses(p_fit) as guesses;

  for v_step in 1..30 loop
    v_found := private.recalibration_step(v_log_odds, v_right, v_found[1], v_found[2]);
  end loop;
  return query select
    coalesce(cardinality(v_right), 0), v_found[1], v_found[2], v_found[3], v_found[4], v_found[5];
end;
$$;

comment on function private.recalibration is
'What the labels of this fit''s guesses say of its confidence: the log odds that a guess is right
are bias + slope * log odds of the confidence; and how sure that is.';
revoke all on function private.recalibration from public;
grant execute on function private.recalibration to service_role;
