-- A run may have tens of thousands of executions: one of its nodes is found without reading them all.
drop index lineage_execution_by_run;
create index lineage_execution_by_node on lineage_execution (run_id, node_id);

-- What is to be told to others, in the order in which it happened. One event of the log may be told in several parts.
create table lineage_outbox (
    position bigint not null,
    part bigint not null,
    event_type text not null,
    run_id text not null,
    node_id text not null,
    attempt bigint not null,
    at bigint not null,
    message text,
    failures bigint not null,
    primary key (position, part)
);

-- Runs (the node is empty) and attempts that were told to have begun, and not yet to have ended.
create table lineage_outbox_open (
    run_id text not null,
    node_id text not null,
    attempt bigint not null,
    primary key (run_id, node_id, attempt)
);

-- One row: since when things are told, and how that goes.
create table lineage_outbox_state (
    id bigint primary key,
    since bigint not null,
    waiting bigint not null,
    sent bigint not null,
    dropped bigint not null,
    refused bigint not null,
    failures bigint not null,
    last_error text,
    last_sent_at bigint
);
