-- Slots are counted among running steps alone: the others need no place in the index, and most changes of state do not touch it.
drop index pipelines_step_by_pool;
create index pipelines_step_by_pool on pipelines_step (project, pool) where state = 'running';
