-- What is held about people: erased by time, and when they ask.

create index attempt_plan on attempt (ended_at) where plan is not null;
