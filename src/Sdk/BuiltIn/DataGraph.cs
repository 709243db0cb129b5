using System.Linq.Expressions;
using Rondo.Data;
using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>The built-in steps on data, as methods of a graph.</summary>
public static class DataGraph
{
    /// <summary>
    /// Reads the files of the newest version of a dataset, whatever their kind, and keeps the newest <paramref name="windowDays"/>
    /// days by event time; 0 keeps all.
    /// </summary>
    public static Ref<RawTable> Ingest<T>(this Graph graph, Dataset<T> dataset, Argument<int> windowDays = default) =>
        DataStepsGraph.Ingest(
            graph,
            graph.Version(dataset),
            windowDays.Or(0),
            dataset.EventTimeColumn ?? "",
            dataset.Schema
        );

    /// <summary>Counts, quantiles, frequent values and the like of each column.</summary>
    public static Ref<TableStatistics> Describe(this Graph graph, Ref<RawTable> raw) =>
        DataStepsGraph.Describe(graph, raw);

    /// <summary>
    /// Compares what was read with the dataset's schema. Schema skew (a column missing, new or of another type) stops the run
    /// here and keeps the report; other anomalies are reported only.
    /// </summary>
    public static Ref<Table<T>> Validate<T>(this Graph graph, Ref<RawTable> raw, Dataset<T> dataset) =>
        graph.Validate(raw, dataset, out _);

    /// <summary>As above, with the report.</summary>
    public static Ref<Table<T>> Validate<T>(
        this Graph graph,
        Ref<RawTable> raw,
        Dataset<T> dataset,
        out Ref<ValidationReport> report
    )
    {
        (var rows, report) = DataStepsGraph.Validate<T>(graph, raw, dataset.Schema);
        return rows;
    }

    /// <summary>The newest <paramref name="holdoutDays"/> days by <paramref name="time"/> as hold-out, all before them to train on.</summary>
    public static (Ref<Table<T>> Train, Ref<Table<T>> Holdout) SplitByTime<T, TTime>(
        this Graph graph,
        Ref<Table<T>> rows,
        Expression<Func<T, TTime>> time,
        Argument<int> holdoutDays
    ) => DataStepsGraph.SplitByTime<T>(graph, rows, Properties.ColumnOf(time), holdoutDays);
}
