-- Artifacts that may hold rows which had to be removed: the record stays, and no finished run or cache keeps their bytes any more.
create table lineage_forgotten (
    artifact_id text primary key,
    forgotten_at bigint not null
);
