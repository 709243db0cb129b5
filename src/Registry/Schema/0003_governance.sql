-- How clients of MLflow call a model, and what may change of it. A name is looked for among their own models first.
alter table registry_model add column name text not null default '';
alter table registry_model add column description text;
alter table registry_model add column created_at bigint not null default 0;
alter table registry_model add column updated_at bigint not null default 0;
update registry_model set
    name = project || '.' || environment || '.' || model,
    created_at = coalesce((select min(v.created_at) from registry_version v
        where v.project = registry_model.project and v.environment = registry_model.environment and v.model = registry_model.model), 0),
    updated_at = coalesce((select max(v.created_at) from registry_version v
        where v.project = registry_model.project and v.environment = registry_model.environment and v.model = registry_model.model), 0);
create index registry_model_by_name on registry_model (name);

-- What every version has, whoever registered it, and what may change of it. A version of a pipeline has a row in registry_version besides.
create table registry_entry (
    id text primary key,
    project text not null,
    environment text not null,
    model text not null,
    version bigint not null,
    name text not null,
    state text not null,
    source text not null,
    storage text not null,
    run_id text,
    run_link text,
    logged_model text,
    user_id text,
    description text,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint,
    unique (project, environment, model, version)
);
create index registry_entry_by_name on registry_entry (name, version);
create index registry_entry_by_run on registry_entry (run_id);
create index registry_entry_by_update on registry_entry (updated_at, name, version);
insert into registry_entry
    (id, project, environment, model, version, name, state, source, storage, created_at, updated_at, deleted_at)
select v.id, v.project, v.environment, v.model, v.version, v.project || '.' || v.environment || '.' || v.model,
    case when exists (select 1 from registry_alias a where a.project = v.project and a.environment = v.environment
        and a.model = v.model and a.alias = 'serving' and a.version = v.version) then 'production' else 'approved' end,
    'rondo:/' || v.id, 'rondo:/' || v.id, v.created_at, v.created_at, v.deleted_at
from registry_version v;

-- Tags of a version, or of the model itself: version 0.
create table registry_tag (
    project text not null,
    environment text not null,
    model text not null,
    version bigint not null,
    key text not null,
    value text not null,
    primary key (project, environment, model, version, key)
);

-- Every move of a version from state to state: who, when, why, and on which evidence.
create table registry_transition (
    project text not null,
    environment text not null,
    model text not null,
    version bigint not null,
    number bigint not null,
    from_state text not null,
    to_state text not null,
    moved_at bigint not null,
    moved_by text not null,
    reason text not null,
    evidence text,
    primary key (project, environment, model, version, number)
);
