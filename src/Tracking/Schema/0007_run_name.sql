-- Runs are looked for by their names.
create index tracking_run_by_name on tracking_run (experiment, name);
