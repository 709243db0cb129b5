using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Partitions;

/// <summary>
/// A partition and its newest run; <paramref name="State"/> is that run's, or <c>missing</c>. <paramref name="Complete"/> says whether its
/// period has ended.
/// </summary>
internal sealed record PartitionStatus(
    string Key,
    DateTimeOffset? From,
    DateTimeOffset? To,
    bool Complete,
    string State,
    string? RunId
)
{
    /// <summary>The state of a partition for which nothing was ever run.</summary>
    public const string Missing = "missing";
}

/// <summary>A page of partitions, and how many there are in each state.</summary>
internal sealed record PartitionPage(
    string Kind,
    string? TimeZone,
    long Total,
    IReadOnlyDictionary<string, long> States,
    IReadOnlyList<PartitionStatus> Items,
    string? Next
);

/// <summary>The partitions that a page is of: those after a key, in the order in which they are listed.</summary>
internal sealed record PartitionQuery(string Project, string Environment, string Pipeline, string? After, int? Limit);

/// <summary>What has become of each partition: computed from the scheme and the runs, so that a page costs the same wherever it stands.</summary>
internal sealed class PartitionStore(Database database, PipelineCatalog catalog, TimeProvider time)
{
    private const string Runs =
        "pipelines_run where project = @Project and pipeline = @Pipeline and environment = @Environment";

    public async Task<PartitionPage> ListAsync(PartitionQuery query)
    {
        var pipeline = await catalog.RequireAsync(query.Project, query.Environment, query.Pipeline);
        var manifest = Partitioned(pipeline.Manifest);
        var (scheme, now) = (PartitionScheme.Of(manifest), time.GetUtcNow());
        var limit = PageLimit.Of(query.Limit);
        var places = PlacesOf(scheme, query.After, now).Take(limit + 1).ToList();
        var shown = places.Take(limit).ToList();
        return await database.ReadAsync(async session =>
        {
            var newest = await NewestAsync(session, query, [.. shown.Select(place => place.Key)]);
            var total = scheme.Count(now);
            return new PartitionPage(
                manifest.Kind,
                manifest.TimeZone,
                total,
                await StatesAsync(session, query, total),
                [.. shown.Select(place => StatusOf(place, newest, now))],
                places.Count > limit ? shown[^1].Key : null
            );
        });
    }

    /// <summary>The newest run of each of these partitions that has one.</summary>
    public static async Task<IReadOnlyDictionary<string, PartitionRun>> NewestAsync(
        Session session,
        PartitionQuery query,
        IReadOnlyList<string> keys
    )
    {
        var newest = new Dictionary<string, PartitionRun>(StringComparer.Ordinal);
        foreach (var chunk in keys.Chunk(PageLimit.Max))
        {
            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["Project"] = query.Project,
                ["Environment"] = query.Environment,
                ["Pipeline"] = query.Pipeline,
            };
            foreach (var (i, key) in chunk.Index())
            {
                arguments[$"k{i}"] = key;
            }

            var names = string.Join(", ", Enumerable.Range(0, chunk.Length).Select(i => $"@k{i}"));
            var rows = await session.QueryAsync<PartitionRun>(
                $"""
                select r.partition_key, r.id, r.state from pipelines_run r join (
                    select max(id) as id from {Runs} and partition_key in ({names}) group by partition_key
                ) newest on newest.id = r.id
                """,
                arguments
            );
            foreach (var row in rows)
            {
                newest[row.PartitionKey] = row;
            }
        }

        return newest;
    }

    /// <summary>The partitions of a pipeline, or an error where it has none.</summary>
    public static PartitionsManifest Partitioned(PipelineManifest pipeline) =>
        pipeline.Partitions
        ?? throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"Pipeline '{pipeline.Name}' has no partitions.",
            "Declare them in the project: a run is then for a day, a region, or whatever they are."
        );

    private static IEnumerable<PartitionPlace> PlacesOf(PartitionScheme scheme, string? after, DateTimeOffset now)
    {
        var end = scheme.End(now);
        var (position, step) = (after is null, scheme.NewestFirst) switch
        {
            (true, true) => (end - 1, -1),
            (true, false) => (0L, 1),
            (false, true) => (Math.Min(scheme.Find(after!).Position, end) - 1, -1),
            (false, false) => (scheme.Find(after!).Position + 1, 1),
        };
        for (; position >= 0 && position < end; position += step)
        {
            if (scheme.At(position) is { } place)
            {
                yield return place;
            }
        }
    }

    private static PartitionStatus StatusOf(
        PartitionPlace place,
        IReadOnlyDictionary<string, PartitionRun> newest,
        DateTimeOffset now
    )
    {
        var run = newest.GetValueOrDefault(place.Key);
        return new PartitionStatus(
            place.Key,
            place.From,
            place.To,
            place.To is not { } to || to <= now,
            run?.State ?? PartitionStatus.Missing,
            run?.Id
        );
    }

    // Runs of keys that the scheme no longer has are counted as well: there are few, and listing them all would cost a page its speed.
    private static async Task<IReadOnlyDictionary<string, long>> StatesAsync(
        Session session,
        PartitionQuery query,
        long total
    )
    {
        // One reading without a join: a database that has not counted its rows yet would join each with all.
        var counts = await session.QueryAsync<(string State, long Count)>(
            $"""
            select state, count(*) from (
                select state, row_number() over (partition by partition_key order by id desc) as place
                from {Runs} and partition_key is not null
            ) placed where place = 1 group by state
            """,
            query
        );
        var states = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (state, count) in counts)
        {
            states[state] = count;
        }

        states[PartitionStatus.Missing] = Math.Max(0, total - states.Values.Sum());
        return states;
    }
}

/// <summary>The newest run of a partition.</summary>
internal sealed record PartitionRun
{
    public string PartitionKey { get; init; } = "";
    public string Id { get; init; } = "";
    public string State { get; init; } = "";
}
