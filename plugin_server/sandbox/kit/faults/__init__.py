"""Fault injection: rules that make chosen requests to the sandbox's Kit API fail, and what they do."""
