-- A search for a param or a tag that few runs have looked at all runs of its experiment. Of long values the beginning leads there.
create index tracking_param_by_value on tracking_param (key, substr(value, 1, 48), run_number);
create index tracking_tag_by_value on tracking_tag (key, substr(value, 1, 48), run_number);
