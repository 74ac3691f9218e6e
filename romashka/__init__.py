"""What the webhooks and the worker share: settings, the database door and the channels."""
