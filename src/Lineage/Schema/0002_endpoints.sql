-- What answers behind an endpoint, and what did: from the events of serving. The version is the name of a model version.
create table lineage_endpoint (
    name text primary key,
    project text not null,
    environment text not null,
    model text not null
);

create table lineage_deployment (
    endpoint text not null,
    version text not null,
    state text not null,
    percent bigint not null,
    since bigint not null,
    until bigint,
    primary key (endpoint, version)
);
create index lineage_deployment_by_version on lineage_deployment (version);

-- A name that was deleted: what is known of it stays.
create table lineage_deletion (
    name text not null,
    kind text not null,
    deleted_at bigint not null,
    deleted_by text not null,
    primary key (name, kind)
);
