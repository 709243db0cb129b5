-- One row a model hands out version numbers: gapless per project, environment and model.
create table registry_model (
    project text not null,
    environment text not null,
    model text not null,
    newest bigint not null,
    primary key (project, environment, model)
);

-- Immutable. The baseline stands beside the proposal because it is large and lists do not read it.
create table registry_version (
    id text primary key,
    project text not null,
    environment text not null,
    model text not null,
    version bigint not null,
    run_id text not null,
    proposal text not null,
    baseline text not null,
    origin text not null,
    created_at bigint not null,
    unique (project, environment, model, version),
    unique (run_id, model)
);

create table registry_alias (
    project text not null,
    environment text not null,
    model text not null,
    alias text not null,
    version bigint not null,
    moved_at bigint not null,
    moved_by text not null,
    primary key (project, environment, model, alias)
);

-- What the gate did not let through, with its reasons.
create table registry_rejection (
    run_id text not null,
    project text not null,
    environment text not null,
    model text not null,
    proposal text not null,
    origin text not null,
    created_at bigint not null,
    primary key (run_id, model)
);
create index registry_rejection_by_model on registry_rejection (project, environment, model, created_at);
