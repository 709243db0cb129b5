alter table registry_version add column deleted_at bigint;
alter table registry_version add column deleted_by text;
-- The bytes of the model, and of the proposal that it was registered by; null in rows of an earlier version of Rondo until somebody asks.
alter table registry_version add column artifact_digest text;
alter table registry_version add column proposal_digest text;
create index registry_version_by_artifact on registry_version (artifact_digest);
create index registry_version_by_proposal on registry_version (proposal_digest);

-- The versions before: the one registered last, and the one that served, when this one was proposed.
alter table registry_version add column previous bigint;
alter table registry_version add column serving bigint;
alter table registry_rejection add column previous bigint;
alter table registry_rejection add column serving bigint;
