"""Why a person's data may be removed for good."""

# PIPL 47: the purpose is served and the retention is over; the person withdraws or asks; collected without ground.
GROUNDS = ("retention_over", "asked_by_person", "entered_in_error")
# Facts by which notices and records of the audit name people: an id, or a list of ids.
FACTS_THAT_NAME = ("resident", "residents", "kept", "duplicate", "first", "second", "head")
