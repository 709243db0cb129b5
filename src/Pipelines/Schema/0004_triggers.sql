-- What the clock showed when the next time of a schedule was decided, and how far the log was when the trigger was released.
alter table pipelines_trigger add column marked_at bigint not null default 0;
alter table pipelines_trigger add column since bigint not null default 0;
-- The type of the event that a trigger waits for: the subscriber asks for these.
alter table pipelines_trigger add column event_type text;
alter table pipelines_trigger add column fired_at bigint;
alter table pipelines_trigger add column fired_run text;
alter table pipelines_trigger add column skipped_at bigint;
alter table pipelines_trigger add column skipped_reason text;

-- A trigger that somebody has stopped; an empty id stands for all of the pipeline.
create table pipelines_pause (
    project text not null,
    environment text not null,
    pipeline text not null,
    trigger_id text not null,
    paused_at bigint not null,
    paused_by text not null,
    reason text,
    primary key (project, environment, pipeline, trigger_id)
);

-- Every run that a trigger started, with what it answers: an event, or a time of a schedule. Each is answered once.
create table pipelines_firing (
    project text not null,
    environment text not null,
    pipeline text not null,
    reason text not null,
    fired_at bigint not null,
    run_id text not null,
    primary key (project, environment, pipeline, reason)
);
create index pipelines_firing_by_time on pipelines_firing (project, environment, pipeline, fired_at);
insert into pipelines_firing (project, environment, pipeline, reason, fired_at, run_id)
    select project, environment, pipeline, 'run:' || id, created_at, id from pipelines_run where trigger_kind <> 'manual';

-- Reads the newest run of each partition from the index alone.
drop index pipelines_run_by_partition;
create index pipelines_run_by_partition on pipelines_run (project, pipeline, environment, partition_key, id);
-- The runs under way of a pipeline, among many that have ended.
create index pipelines_run_under_way on pipelines_run (project, pipeline, environment) where finished_at is null;

create table pipelines_backfill (
    id text primary key,
    project text not null,
    environment text not null,
    pipeline text not null,
    from_key text not null,
    to_key text not null,
    only_those text not null,
    parallel bigint not null,
    fresh bigint not null,
    priority bigint not null,
    parameters text not null,
    reason text,
    state text not null,
    total bigint not null,
    actor text not null,
    created_position bigint not null,
    created_at bigint not null,
    finished_at bigint
);
create index pipelines_backfill_by_state on pipelines_backfill (state, id);
create index pipelines_backfill_by_project on pipelines_backfill (project, id);

-- The partitions of a backfill, in their order: waiting, running, or as their run has ended.
create table pipelines_backfill_partition (
    backfill_id text not null,
    position bigint not null,
    partition_key text not null,
    state text not null,
    run_id text,
    message text,
    primary key (backfill_id, position)
);
create index pipelines_backfill_partition_by_state on pipelines_backfill_partition (backfill_id, state, position);
