"""Benchmarks: Romashka as shipped beside plain Postgres, plain Flask and a polled slot.

Each measures in slices, ours and the plain one in turn, and reports the median of the rounds'
ratios, because the machine's own mood moves absolute figures by a factor of five.
"""
