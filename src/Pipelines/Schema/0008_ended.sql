-- The runs in a state are asked for newest first.
drop index pipelines_run_by_state;
create index pipelines_run_by_state on pipelines_run (state, id);
-- A run has a place among those that have ended from its end on, and among the partitions if it has one: to begin a run takes fewer pages.
drop index pipelines_run_by_end;
create index pipelines_run_by_end on pipelines_run (finished_at) where finished_at is not null;
drop index pipelines_run_by_partition;
create index pipelines_run_by_partition on pipelines_run (project, pipeline, environment, partition_key, id)
    where partition_key is not null;
