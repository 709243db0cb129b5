-- What the collector asks: which runs need a package, and which have ended long ago.
create index pipelines_run_by_package on pipelines_run (package);
create index pipelines_run_by_end on pipelines_run (finished_at);
