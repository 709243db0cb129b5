-- What a release declared; the manifest is what holds: the declaration with the settings that changes have put over it.
alter table serving_endpoint add column declared text;
update serving_endpoint set declared = manifest;

-- A setting that a change has put over the declaration, and what the declaration says instead. Of several the one with the greatest position holds.
create table serving_setting (
    endpoint text not null,
    setting text not null,
    change text not null,
    value text not null,
    declared text not null,
    position bigint not null,
    primary key (endpoint, setting, change)
);

-- One change of settings at many endpoints, wave by wave.
create table serving_change (
    id text primary key,
    project text not null,
    state text not null,
    request text not null,
    actor text not null,
    position bigint not null,
    wave bigint not null,
    waves bigint not null,
    wave_started_at bigint not null,
    created_at bigint not null,
    finished_at bigint,
    evidence text
);
create index serving_change_by_project on serving_change (project, created_at, id);
create index serving_change_by_state on serving_change (state, created_at);

create table serving_change_target (
    change text not null,
    endpoint text not null,
    place bigint not null,
    wave bigint not null,
    state text not null,
    settings text not null,
    note text,
    position bigint,
    changed_at bigint,
    primary key (change, endpoint)
);
create index serving_change_target_by_endpoint on serving_change_target (endpoint, state);
