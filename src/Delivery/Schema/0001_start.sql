-- One attempt to make a package of a commit that somebody pushes to main.
create table delivery_build (
    id text primary key,
    project text not null,
    branch text not null,
    commit_id text not null,
    state text not null,
    -- 'waiting' until the branch is seen to have moved to the commit ('landed') or not to have ('lost').
    landing text not null,
    reason text,
    package_digest text,
    package_bytes bigint,
    manifest_digest text,
    promotion text,
    tests_passed bigint,
    tests_failed bigint,
    actor text not null,
    created_at bigint not null,
    started_at bigint,
    finished_at bigint
);
create index delivery_build_by_project on delivery_build (project, id);
create index delivery_build_by_state on delivery_build (state, landing);

-- A package in an environment, or on its way there.
create table delivery_release (
    id text primary key,
    project text not null,
    environment text not null,
    build_id text not null,
    commit_id text not null,
    package_digest text not null,
    manifest_digest text not null,
    promotion text not null,
    state text not null,
    reason text,
    run_ids text not null,
    actor text not null,
    cause bigint,
    created_at bigint not null,
    finished_at bigint
);
create index delivery_release_by_project on delivery_release (project, id);
create index delivery_release_by_state on delivery_release (state);
