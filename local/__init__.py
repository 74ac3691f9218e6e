"""The embedded Supabase: Postgres, its platform schema, the gateway and the stand-ins."""
