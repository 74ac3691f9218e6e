-- The table of contents: everything that follows from new messages, in order.
-- Security definer: whoever may write a message need not be allowed what follows from it.
-- Per statement, so that a batch of a hundred messages costs one call of each step; its plans are
-- kept as those of ingest_events are.
create or replace function public.handle_new_message()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_material = off
as $$
declare
  v_messages public.messages[];
  v_replies integer;
  v_turns integer := 0;
  v_sends integer := 0;
  v_files integer;
begin
  select
    array_agg(new_messages order by new_messages.conversation_id, new_messages.seq),
    count(*) filter (where new_messages.sender_type <> 'customer'),
    count(*) filter (where new_messages.metadata ? 'media')
  into v_messages, v_replies, v_files
  from new_messages;
  if v_messages is null then
    return null;
  end if;
  perform private.announce_messages(v_messages);
  if v_replies > 0 then
    perform private.close_reply_jobs(v_messages);
    perform private.label_followed(v_messages);
    v_sends := private.enqueue_deliveries(v_messages);
    perform private.await_visitors(v_messages);
    perform private.confirm_open_wishes(v_messages);
  end if;
  if v_replies < cardinality(v_messages) then
    v_turns := private.open_reply_jobs(v_messages);
    perform private.hear_wishes(v_messages);
    perform private.route_conversations(v_messages);
  end if;
  perform private.ring_worker(
    v_turns, v_sends, case when v_files > 0 then private.queue_media(v_messages) else 0 end
  );
  perform public.update_conversation_metrics(messages)
  from unnest(v_messages) as messages
  where messages.sender_type <> 'customer';
  return null;
end;
$$;

comment on function public.handle_new_message is
'Trigger: shows new messages, ends or opens the AI''s turn, hears STOP and START, routes
conversations, queues deliveries and files, rings the worker, measures replies.';
revoke all on function public.handle_new_message from public, anon, authenticated, service_role;

create trigger handle_new_message after insert on public.messages
referencing new table as new_messages
for each statement execute function public.handle_new_message();
