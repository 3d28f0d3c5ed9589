"""Standing sources: a folder or a database view of another bureau, looked at on a schedule.

In the order of work: plan (what a YAML file says) → fetch (is there something new) → run (import it whole) →
reconcile (what is new, changed, gone: gone is proposed, never deleted). `job` does it in the worker every minute.
"""
