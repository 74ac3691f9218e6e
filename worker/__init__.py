"""The worker: answers within the deadline, sends what goes out, keeps the queues moving."""
