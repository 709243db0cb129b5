using System.Linq.Expressions;
using Rondo.Data;
using Rondo.Sdk.BuiltIn;
using Rondo.Sdk.Wire;

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
        graph.Schemas[typeof(T)] = dataset.Schema;
        (var rows, report) = DataStepsGraph.Validate<T>(graph, raw, dataset.Schema);
        return rows;
    }

    /// <summary>
    /// Adds the rows to a dataset when the step has made them: as a new file of the next version, or in the place of
    /// <paramref name="file"/> where one is named.
    /// </summary>
    public static Ref<Table<T>> AddTo<T>(this Ref<Table<T>> rows, Dataset<T> dataset, string? file = null) =>
        Add(rows, dataset, file);

    /// <summary>Adds rows without a row type to a dataset; see <see cref="AddTo{T}(Ref{Table{T}}, Dataset{T}, string)"/>.</summary>
    public static Ref<Table> AddTo(this Ref<Table> rows, IDataset dataset, string? file = null) =>
        Add(rows, dataset, file);

    /// <summary>
    /// Adds what a connector has read since the last time to a dataset; where there is nothing new, no version is made. The step is never
    /// answered from the cache.
    /// </summary>
    public static Ref<NewRows> AddTo(this Ref<NewRows> rows, IDataset dataset) => Add(rows, dataset, null).Uncached();

    private static TRef Add<TRef>(TRef rows, IDataset dataset, string? file)
        where TRef : Ref
    {
        if (file is not null && !file.EndsWith(".parquet", StringComparison.Ordinal))
        {
            throw rows.Node.Graph.Invalid(
                $"the rows of node '{rows.Node.Id}' go into file '{file}'",
                "They are stored as Parquet: name a file that ends in .parquet"
            );
        }
        if (rows.Node.Kind != NodeKind.Step)
        {
            throw rows.Node.Graph.Invalid(
                $"node '{rows.Node.Id}' is no step, and adds to dataset '{dataset.Name}'",
                "Add the output of a step"
            );
        }
        rows.Node.Additions.Add(new AdditionManifest(rows.Port, dataset.Name, file));
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
