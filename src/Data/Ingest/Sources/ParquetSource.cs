namespace Rondo.Data;

/// <summary>A Parquet file, read by row groups.</summary>
internal sealed class ParquetSource(string name, Func<Stream> open) : TableSource(name)
{
    public override IEnumerable<Table> Read()
    {
        using var file = ParquetFile.Open(Name, open);
        for (var group = 0; group < file.Groups; group++)
        {
            yield return new Table([.. file.Columns(group)]);
        }
    }

    // Each worker takes the next group, a column at a time: what is in memory is one column of a group for each of them.
    public override TableStatistics Describe()
    {
        var next = -1;
        var workers = new TableProfiler[Environment.ProcessorCount];
        ParallelWork.Run(
            workers.Length,
            worker =>
            {
                var profiler = workers[worker] = new TableProfiler();
                using var file = ParquetFile.Open(Name, open);
                // Columns in their order, even where the worker gets no group.
                profiler.Add(file.Schema());
                for (int group; (group = Interlocked.Increment(ref next)) < file.Groups; )
                {
                    profiler.Add(file.Rows(group), file.Columns(group));
                }
            }
        );
        foreach (var other in workers.Skip(1))
        {
            workers[0].Merge(other);
        }

        return workers[0].ToStatistics();
    }
}
