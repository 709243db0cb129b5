-- The least and the greatest of all points of a metric, beside the latest: a search by them reads one row. Null where all are NaN.
alter table tracking_metric_latest add column min_value double precision;
alter table tracking_metric_latest add column max_value double precision;
update tracking_metric_latest set
    min_value = (
        select min(m.value) from tracking_metric m
        where m.run = tracking_metric_latest.run and m.key = tracking_metric_latest.key and m.is_nan = 0
    ),
    max_value = (
        select max(m.value) from tracking_metric m
        where m.run = tracking_metric_latest.run and m.key = tracking_metric_latest.key and m.is_nan = 0
    );
