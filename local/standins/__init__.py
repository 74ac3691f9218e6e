"""Stand-ins for the outside world, so that everything can be tried without an account anywhere.

They run as a process of their own and are reached over HTTP like the real services. Each answers
with a header that says it is a stand-in, and keeps a record of what it received.
"""
