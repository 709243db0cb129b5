-- A run used to hold its own copy of the graph's edges; now nodes and edges stand once for each version, and a run, or an item of a
-- for-each, is one statement away from them. Runs under way cannot be carried over.
update pipelines_run set state = 'cancelled', finished_at = created_at,
    reason = 'The server was brought to a new version while the run was under way. Start it again.'
    where state in ('created', 'running');
update pipelines_step set state = case when state = 'running' then 'cancelled' else 'skipped' end, lease_until = null
    where state in ('pending', 'ready', 'running');
update pipelines_attempt set state = 'cancelled', finished_at = started_at where state = 'running';
drop table pipelines_edge;

-- The nodes of a version. Parent is the group that holds a node ('' for none), local its name there; waits is how many nodes of
-- the same group it waits for.
create table pipelines_node (
    version_id text not null,
    parent text not null,
    template text not null,
    local text not null,
    position bigint not null,
    kind text not null,
    step text not null,
    pool text not null,
    waits bigint not null,
    always bigint not null,
    primary key (version_id, parent, template)
);

-- Who waits for whom, between nodes of one group.
create table pipelines_version_edge (
    version_id text not null,
    from_template text not null,
    to_template text not null,
    primary key (version_id, from_template, to_template)
);

-- The nodes of a group that has begun, once for each item of a for-each. The top of a run is pipelines_run itself.
create table pipelines_scope (
    run_id text not null,
    scope_id text not null,
    group_id text not null,
    item bigint not null,
    state text not null,
    remaining bigint not null,
    failures bigint not null,
    primary key (run_id, scope_id)
);
create index pipelines_scope_by_group on pipelines_scope (run_id, group_id, state);

-- At most so many attempts at once; the pool '*' is the whole project.
create table pipelines_pool (
    project text not null,
    name text not null,
    slots bigint not null,
    primary key (project, name)
);

alter table pipelines_step add column project text not null default '';
alter table pipelines_step add column template text not null default '';
alter table pipelines_step add column scope text not null default '';
-- The item of the innermost for-each that holds the node, and that for-each; -1 and '' where none does.
alter table pipelines_step add column loop_id text not null default '';
alter table pipelines_step add column item bigint not null default -1;
alter table pipelines_step add column pool text not null default '';
-- Smaller ranks are begun first: the negated priority of the run.
alter table pipelines_step add column rank bigint not null default 0;
alter table pipelines_step add column begun_at bigint;
alter table pipelines_step add column items bigint not null default 0;
alter table pipelines_step add column items_begun bigint not null default 0;
alter table pipelines_step add column items_done bigint not null default 0;
-- The whole record of the step's identity, and why it was computed or not: what 'explain' tells.
alter table pipelines_step add column identity text;
alter table pipelines_step add column record text;
alter table pipelines_step add column decision text;
update pipelines_step set template = node_id,
    project = coalesce((select r.project from pipelines_run r where r.id = pipelines_step.run_id), '');
drop index pipelines_step_by_state;
create index pipelines_step_by_state on pipelines_step (state, rank, not_before);
create index pipelines_step_by_template on pipelines_step (run_id, scope, template);
create index pipelines_step_by_pool on pipelines_step (project, pool, state);

alter table pipelines_output add column template text not null default '';
alter table pipelines_output add column loop_id text not null default '';
alter table pipelines_output add column item bigint not null default -1;
update pipelines_output set template = node_id;
create index pipelines_output_by_loop on pipelines_output (run_id, loop_id, template);
create index pipelines_output_by_digest on pipelines_output (digest);

alter table pipelines_run add column partition_key text;
alter table pipelines_run add column priority bigint not null default 0;
alter table pipelines_run add column policy text not null default 'fast';
alter table pipelines_run add column failures bigint not null default 0;
-- How it has ended, while its exit handlers run.
alter table pipelines_run add column outcome text;
alter table pipelines_run add column failed_node text;
-- Computes every step anew; takes what this earlier run has published; does again what this earlier run did.
alter table pipelines_run add column fresh bigint not null default 0;
alter table pipelines_run add column resumes text;
alter table pipelines_run add column reruns text;
alter table pipelines_run add column backfill text;
create index pipelines_run_by_partition on pipelines_run (project, pipeline, environment, partition_key);
