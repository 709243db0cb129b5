-- An execution stands at its id, and nowhere else: each commit of a step writes a page less.
create table lineage_execution_by_id (
    id text primary key,
    project text not null,
    run_id text not null,
    node_id text not null,
    attempt bigint not null,
    step text not null,
    code_digest text not null,
    cache_key text,
    state text not null,
    reused_from text,
    started_at bigint not null,
    ended_at bigint not null
) without rowid;
insert into lineage_execution_by_id
    (id, project, run_id, node_id, attempt, step, code_digest, cache_key, state, reused_from, started_at, ended_at)
select id, project, run_id, node_id, attempt, step, code_digest, cache_key, state, reused_from, started_at, ended_at
from lineage_execution;
drop table lineage_execution;
alter table lineage_execution_by_id rename to lineage_execution;
create index lineage_execution_by_node on lineage_execution (run_id, node_id);
