-- Before any label the bias is 0, give or take 1, and the slope 1, give or take 0.2. A whole step
-- may lead further away where labels say the opposite of the confidence: it is cut short then.
create or replace function private.recalibration_step(
  p_log_odds double precision[],
  p_right integer[],
  p_bias double precision,
  p_slope double precision
)
returns double precision[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_sum record;
  v_determinant double precision;
  v_bias_step double precision;
  v_slope_step double precision;
  v_part double precision;
begin
  select
    coalesce(sum(pull), 0) - p_bias as pull,
    coalesce(sum(pull * log_odds), 0) - 25 * (p_slope - 1) as slope_pull,
    coalesce(sum(weight), 0) + 1 as weight,
    coalesce(sum(weight * log_odds), 0) as shared,
    coalesce(sum(weight * log_odds ^ 2), 0) + 25 as slope_weight
  into v_sum
  from unnest(p_log_odds, p_right) as guesses (log_odds, is_right)
  cross join lateral (
    select 1 / (1 + exp(greatest(least(-p_bias - p_slope * log_odds, 30), -30)))
  ) as expected (chance)
  cross join lateral (select is_right - chance, chance * (1 - chance)) as terms (pull, weight);

  v_determinant := v_sum.weight * v_sum.slope_weight - v_sum.shared ^ 2;
  v_bias_step := (v_sum.slope_weight * v_sum.pull - v_sum.shared * v_sum.slope_pull)
    / v_determinant;
  v_slope_step := (v_sum.weight * v_sum.slope_pull - v_sum.shared * v_sum.pull) / v_determinant;
  v_part := 1 / greatest(1, abs(v_bias_step), 4 * abs(v_slope_step));
  return array[
    p_bias + v_part * v_bias_step,
    p_slope + v_part * v_slope_step,
    v_sum.slope_weight / v_determinant,
    v_sum.weight / v_determinant,
    -v_sum.shared / v_determinant
  ];
end;
$$;

comment on function private.recalibration_step is
'One step of Newton''s method to the most likely bias and slope: [bias, slope, variance of the bias,
variance of the slope, covariance].';
revoke all on function private.recalibration_step from public;
grant execute on function private.recalibration_step to service_role;
