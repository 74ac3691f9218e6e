"""Who may use what, as it should be: a grant that is not listed here fails a test.

Functions that are listed nowhere may be run by service_role at most.
"""

from __future__ import annotations

ANYBODY = ("anon", "authenticated", "service_role")
SIGNED_IN = ("authenticated", "service_role")

# What tools of the AI run as, under the claims of one customer.
READER = ("ai_reader", "service_role")

FUNCTIONS_OF = {
    READER: """
        private.customer_of_claims private.tool_knowledge_search private.tool_my_conversations
        private.tool_my_profile
    """,
    ANYBODY: """
        public.office_status public.record_csat public.widget_configuration
        private.office_state private.store_csat private.widget_of
    """,
    SIGNED_IN: """
        public.accept_proactive public.proactive_message public.visit_page
        public.decide_suggestion public.allow_sending public.anonymise_customer
        public.assign_conversation
        public.create_conversation public.create_rating_link
        public.erase_customer public.get_conversation_context public.get_performance_metrics
        public.give_back private.answer_given_back public.hand_over public.identify
        public.leave_email
        public.mark_messages_read public.messages_since
        public.record_consent public.revoke_consent public.set_fallback_order
        public.replay_inbound private.replay_window
        public.reopen_conversation public.resolve_conversation public.retry_dead_letter
        public.import_articles public.knowledge_gaps public.knowledge_version
        public.search_knowledge public.send_message public.set_priority public.set_tags
        public.set_typing public.take_over

        private.actor_role private.is_admin private.is_agent private.may_hear
        private.my_conversations private.my_customers private.require_admin private.require_agent
        private.require_content private.require_newest

        private.add_agent_message private.add_customer_message private.announce_typing
        private.anonymise private.audit private.check_turn private.clear_unreachable private.erase
        private.hand_over_as_service private.issue_csat_link private.lock_conversation
        private.mark_read private.move_conversation private.note_event private.retry_dead
        public.request_draft public.request_summary private.ask_for_draft
        public.ai_figures private.ai_cases private.came_back private.judge_case
        private.needed_person private.percentile_of private.spent_since
        public.label_curve public.shadow_report private.cost_of_run private.is_answer
        private.shadow_judgement private.shadow_trials
        public.backtest public.get_backtest private.budget_is_spent private.check_backtest
        public.cancel_backtest private.check_turn_filter private.check_channel_type
        private.refuse_unless private.check_priority private.check_conditions
        private.is_intent private.small_talk_intents
        private.require_language private.language_tag private.is_language_code private.counted
        private.texts_by_language private.check_reason
        private.stop_backtest
        private.human_answer private.judge_answer private.labelled_verdict private.precision_curve
        private.shared_words private.start_backtest private.sum_up_trials
        private.uuid_of private.verdict_by_article private.verdict_by_words
        private.verdict_counts
        public.explain_answer private.explain_history private.explain_knowledge private.explain_run
        private.explain_tools
        private.number_of private.question_of private.run_text private.says_no_subject
        private.turn_for
        public.explain_gate public.get_ai_response public.label_answer public.tune_threshold
        private.ai_response_of private.ai_setting private.answerer_of private.apply_thresholds
        private.best_threshold private.found_by_labels private.gates_at private.gates_held
        private.require_labels private.shipped_gates private.taught_gate
        private.check_return private.folded private.label_run private.labelled_runs
        private.labels_needed private.shares_above
        private.patterns_of private.speaks private.tuned_thresholds
        private.wrong_bound
        public.delivery_slo private.delivery_sums private.figures_between
        private.figures_since
        private.receipts_of private.wait_percentiles
        private.note_consent private.rank_identities private.set_template
        private.start_conversation

        private.best_passage private.character_runs private.closeness private.conversation_card
        private.cover_question
        private.addresses_assistant private.import_article private.import_fault
        private.orders_by_address private.orders_in private.orders_said private.orders_to_forget
        private.orders_to_answer private.orders_to_pretend private.orders_to_tell private.unadorned
        private.unused_because
        private.question_wordings private.settle_suggestion
        private.alike_questions
        private.missed_questions private.judge_import private.same_place private.known_article
        private.store_article private.left_behind private.article_from private.use_fault
        private.compare_articles private.covered_articles private.near_articles private.pieces_with
        private.require_embedding private.searched_languages private.term_articles
        private.held_share private.query_for private.stem_length private.holds_now
        private.question_words private.writes_unspaced private.letter_runs
        private.length_penalty
        private.customer_view
        private.hand_over_text private.identities_of
        private.milliseconds private.performance_of private.require_pace private.looked_back_to
        private.request_header private.require_origin private.origin_is_allowed
        private.require_visitor private.touch_visitor private.message_of_client
        private.may_see_file private.may_upload private.identify_visitor private.leave_email_as
        private.record_visit private.next_proactive private.answer_proactive
        private.rank_articles private.recent_history private.replies_since
        private.bucket_percentile private.figures_from private.hours_between private.hours_since
        private.rolled_until
        private.search_configuration private.search_terms private.weigh_question
    """,
}

# Select, insert, update, delete; row level security and columns narrow down what they reach.
TABLES_OF = {
    "agents": "SIUD",
    "ai_backtest_items": "S",
    "ai_backtests": "S",
    "ai_budget": "SIUD",
    "ai_calls": "S",
    "ai_drafts": "S",
    "ai_labels": "S",
    "ai_runs": "S",
    "ai_settings": "SIUD",
    "ai_thresholds": "S",
    "learned_gates": "S",
    "hand_over_rules": "SIUD",
    "ai_tool_calls": "S",
    "ai_tools": "SIUD",
    "model_prices": "SIUD",
    "private.ai_spending": "S",
    "private.ai_watch": "",
    "private.run_texts": "S",
    "alert_rules": "SIUD",
    "alerts": "SU",
    "audit_log": "S",
    "channel_status": "S",
    "channels": "SU",
    "conversations": "SU",
    "csat_responses": "S",
    "customer_identities": "S",
    "customer_profiles": "SU",
    "dead_letters": "S",
    "deliveries": "S",
    "knowledge_articles": "SIUD",
    "knowledge_chunks": "S",
    "knowledge_suggestions": "S",
    "knowledge_versions": "S",
    "message_templates": "S",
    "messages": "SI",
    "office_closures": "SIUD",
    "office_hours": "SIUD",
    "office_settings": "SIUD",
    "website_settings": "SU",
    "private.channel_events": "S",
    "private.channel_secrets": "",
    "private.csat_links": "",
    "private.mailboxes": "",
    "private.unread_mail": "",
    "private.watermarks": "",
    "private.deliveries": "S",
    "private.delivery_changes": "S",
    "private.delivery_days": "S",
    "private.delivery_figures": "S",
    "private.consent_words": "",
    "private.email_consents": "",
    "private.identity_moves": "",
    "private.inbound_events": "S",
    "private.knowledge_term_changes": "S",
    "private.knowledge_terms": "S",
    "private.media_files": "S",
    "private.metric_hours": "S",
    "private.open_questions": "S",
    "private.paces": "",
    "private.processes": "",
    "private.receipts": "",
    "private.removed_files": "",
    "private.rejected_items": "S",
    "private.replay_requests": "",
    "private.reply_jobs": "S",
    "private.website_secrets": "",
    "page_visits": "S",
    "proactive_results": "S",
    "proactive_rules": "SIUD",
    "proactive_shows": "S",
    "visitor_sessions": "S",
    "visitors_online": "S",
    "private.unread_chats": "",
    "private.signals": "",
    "private.solved_conversations": "",
    "realtime_metrics": "S",
    "routing_rules": "SIUD",
    "reply_jobs": "S",
}
# What our own processes may not do to a table, and nothing else may they not do.
SERVICE_OF = {
    "audit_log": "SI",
    "dead_letters": "S",
    "deliveries": "S",
    "knowledge_versions": "S",
    "proactive_results": "S",
    "reply_jobs": "S",
    "visitors_online": "S",
    "channel_status": "S",
}

# What tools of the AI read; row level security leaves them the rows of one customer.
READER_COLUMNS = {
    "ai_tools": "customer_attributes name",
    "conversations": (
        "channel_type created_at customer_id id language last_message_at resolved_at status subject"
    ),
    "customer_profiles": "attributes created_at email id language name phone",
    "messages": "content conversation_id created_at deleted_at id is_private sender_type seq",
}

# Where a grant names columns.
COLUMNS_OF = {
    ("alerts", "UPDATE"): "resolved_at",
    ("channels", "UPDATE"): (
        "allowed_addresses expected_silence fallback_after fallback_channel_id is_enabled name"
        " rate_per_minute"
    ),
    ("conversations", "UPDATE"): (
        "assigned_agent_id customer_name language priority tags workflow_id"
    ),
    ("customer_profiles", "UPDATE"): "attributes email is_blocked language name phone",
    ("messages", "INSERT"): (
        "content conversation_id id is_private reply_to_id sender_id sender_type"
    ),
    ("website_settings", "UPDATE"): (
        "allowed_mime_types allowed_origins asks_consent greeting keep_visits max_upload_bytes"
        " name requires_identity theme"
    ),
    ("private.inbound_events", "SELECT"): ("attempts channel_type error id received_at state"),
    ("private.rejected_items", "SELECT"): (
        "attempts channel_id channel_type created_at id inbound_id is_parked reason resolved_at"
    ),
}
