create or replace function private.shown_turn(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.id = p_job.reply_message_id;

  return jsonb_build_object(
    'response', v_message.content,
    'confidence', v_message.confidence_score,
    'requiresHuman', coalesce(p_job.outcome not in ('answered', 'clarified', 'superseded'), false),
    'responseTime', private.milliseconds(
      p_job.finished_at - (p_job.deadline - interval '6 seconds')
    ),
    'state', coalesce(p_job.outcome::text, p_job.state::text),
    'messageId', v_message.id
  );
end;
$$;

comment on function private.shown_turn is
'A turn as its customer may see it, under the names of the project''s brief (R54).';
revoke all on function private.shown_turn from public;
grant execute on function private.shown_turn to service_role;
