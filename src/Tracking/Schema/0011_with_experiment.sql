-- Whether a logged model was deleted with its experiment: then it comes back with it. Those of experiments that were deleted before this go now.
alter table tracking_logged_model add column with_experiment bigint not null default 0;
update tracking_logged_model set
    lifecycle = 'deleted',
    with_experiment = 1,
    updated_at = (select e.updated_at from tracking_experiment e where e.id = tracking_logged_model.experiment)
where lifecycle = 'active' and experiment in (select e.id from tracking_experiment e where e.lifecycle = 'deleted');
