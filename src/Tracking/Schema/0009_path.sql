-- Where an experiment stands among the folders: its name with one slash before, between and after its parts. Nine times two slashes become one:
-- enough for any name of 500 characters.
alter table tracking_experiment add column path text not null default '';
update tracking_experiment set path = replace(replace(replace(replace(replace(replace(replace(replace(replace(
    '/' || name || '/', '//', '/'), '//', '/'), '//', '/'), '//', '/'), '//', '/'), '//', '/'), '//', '/'), '//', '/'), '//', '/')
where lifecycle <> 'removed';
create index tracking_experiment_by_path on tracking_experiment (path);
