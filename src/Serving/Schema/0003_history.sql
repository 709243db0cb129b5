-- Since when a rollout's version got traffic, and the most that it got: what is given back still was there. Of older ones that were given back it is not known.
alter table serving_rollout add column started_at bigint;
alter table serving_rollout add column reached bigint;
update serving_rollout set reached = percent where state in ('waiting', 'running', 'completed');
update serving_rollout set started_at = step_started_at where state = 'running';
create index serving_rollout_by_version on serving_rollout (endpoint, version, created_at);
