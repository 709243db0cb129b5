-- The newest window of each state is found without reading the others: whether an alert is open is asked for every monitor at once.
create index monitoring_window_by_state on monitoring_window (endpoint, monitor, state, window_to);
