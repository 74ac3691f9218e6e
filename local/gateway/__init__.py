"""The embedded Supabase's door: one HTTP and WebSocket server that unchanged clients can use."""
