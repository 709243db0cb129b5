-- What is ready, waiting or running is little, however much has ended: it is found in indexes of its own, each of a page or two, and a step that
-- ends leaves them instead of going to the end of a long one.
drop index pipelines_step_by_state;
create index pipelines_step_ready on pipelines_step (rank, not_before) where state = 'ready';
create index pipelines_step_waiting on pipelines_step (not_before) where state = 'waiting';
drop index pipelines_step_by_key;
create index pipelines_step_running on pipelines_step (cache_key) where state = 'running';
create index pipelines_step_parked on pipelines_step (cache_key) where decision = 'parked';

-- An attempt stands at its key, and nowhere else.
create table pipelines_attempt_by_key (
    run_id text not null,
    node_id text not null,
    attempt bigint not null,
    fence bigint not null,
    owner text not null,
    state text not null,
    started_at bigint not null,
    finished_at bigint,
    error_type text,
    message text,
    mend text,
    primary key (run_id, node_id, attempt)
) without rowid;
insert into pipelines_attempt_by_key
    (run_id, node_id, attempt, fence, owner, state, started_at, finished_at, error_type, message, mend)
select run_id, node_id, attempt, fence, owner, state, started_at, finished_at, error_type, message, mend
from pipelines_attempt;
drop table pipelines_attempt;
alter table pipelines_attempt_by_key rename to pipelines_attempt;
