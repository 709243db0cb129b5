using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;

namespace Rondo.Tracking.Runs;

/// <summary>A comparison that few runs of some experiments fulfil: a search begins with these and not with the newest runs.</summary>
internal sealed record FilterRare(FilterComparison Comparison, IReadOnlyList<long> Experiments) : FilterNode
{
    /// <summary>No more runs than these fulfil it.</summary>
    public int RunsMax { get; init; } = RareValue.RunsMax;
}

/// <summary>
/// How a filter is looked for: what few runs fulfil is marked in it. Where it is more than 0, so many of the newest runs are looked at before,
/// for a page may be full among them.
/// </summary>
internal readonly record struct SearchWay(FilterNode? Filter, long NewestFirst);

/// <summary>Finds what of a filter leads to few runs: a value of a param or of a tag, or a range of a metric.</summary>
internal static class RareValue
{
    /// <summary>How many runs are few at most: with more of them the newest runs are looked at one after the other.</summary>
    public const int RunsMax = 1000;

    /// <summary>
    /// How many runs are some at most. Several conditions may each be fulfilled by more than few, and all of them by nobody: then all runs of the
    /// experiment would be looked at, one after the other.
    /// </summary>
    public const int SomeRunsMax = 10_000;

    private const int ValuesMax = 100;

    // To read a run by its number and to sort it costs some three to ten times what it costs to look at the next one.
    private const long CostOfFound = 3;

    // Among so many runs any that are few are worth it; to count more would cost what is won.
    private const long CountedMax = 30_000;

    /// <summary>
    /// The filter, with the comparison marked that the fewest runs fulfil, where these are few and a page of so many runs would be found later among
    /// the newest; or, with <paramref name="orSome"/>, where these are some, and there are other conditions.
    /// </summary>
    public static async ValueTask<SearchWay> ResolveAsync(
        Session session,
        FilterNode? filter,
        IReadOnlyList<long> experiments,
        int page,
        bool orSome
    )
    {
        if (filter is null || RunSql.NameIn(filter) is not null || RunSql.LeadIn(filter) is not null)
        {
            return new SearchWay(filter, 0);
        }

        var most = orSome && filter is FilterAnd ? SomeRunsMax : RunsMax;
        var (rarest, fewest) = ((FilterRare?)null, most + 1L);
        foreach (var comparison in CandidatesIn(filter))
        {
            var candidate = new FilterRare(comparison, experiments);
            var runs = await CountAsync(session, candidate, fewest);
            (rarest, fewest) = runs < fewest ? (candidate, runs) : (rarest, fewest);
        }

        if (rarest is null)
        {
            return new SearchWay(filter, 0);
        }

        // From the newest run back, a page is full after page * all / few runs; that some fulfil all other conditions, too, nobody knows.
        var isSome = fewest > RunsMax;
        var all = isSome ? CostOfFound * fewest : CostOfFound * fewest * fewest / Math.Max(page, 1);
        return await HaveAsync(session, experiments, Math.Min(all, CountedMax))
            ? new SearchWay(Mark(filter, isSome ? rarest with { RunsMax = SomeRunsMax } : rarest), isSome ? fewest : 0)
            : new SearchWay(filter, 0);
    }

    /// <summary>Whether there are so many runs.</summary>
    public static async ValueTask<bool> HaveAsync(Session session, IReadOnlyList<long> experiments, long all)
    {
        var sql = new RunSql(session.Dialect);
        var runs =
            $"select 1 as one from tracking_run r where {sql.IsIn("r.experiment", experiments)} limit {sql.Limit(all)}";
        return all == 0 || await session.ScalarAsync<long>($"select count(*) from ({runs}) n", sql.Arguments) == all;
    }

    // What every run that is found must fulfil.
    private static IEnumerable<FilterComparison> CandidatesIn(FilterNode filter) =>
        filter switch
        {
            FilterAnd and => and.Parts.SelectMany(CandidatesIn),
            FilterComparison { Values.Count: > 0 and <= ValuesMax } comparison when IsIndexed(comparison) =>
            [
                comparison,
            ],
            _ => [],
        };

    private static bool IsIndexed(FilterComparison comparison) =>
        comparison.Field switch
        {
            { Entity: FilterEntity.Param or FilterEntity.Tag } => comparison.Operator
                is FilterOperator.Equal
                    or FilterOperator.In,
            { Entity: FilterEntity.Metric, Statistic: null } => comparison.Operator
                is FilterOperator.Equal
                    or FilterOperator.In
                    or FilterOperator.Less
                    or FilterOperator.LessOrEqual
                    or FilterOperator.Greater
                    or FilterOperator.GreaterOrEqual,
            _ => false,
        };

    // Settled values only: those of the runs that log at present are read anyway.
    private static ValueTask<long> CountAsync(Session session, FilterRare candidate, long most)
    {
        var sql = new RunSql(session.Dialect);
        return session.ScalarAsync<long>(
            $"select count(*) from ({sql.RunsWith(candidate)} limit {sql.Limit(most)}) few",
            sql.Arguments
        );
    }

    private static FilterNode Mark(FilterNode filter, FilterRare rarest) =>
        ReferenceEquals(filter, rarest.Comparison) ? rarest
        : filter is FilterAnd and ? new FilterAnd([.. and.Parts.Select(part => Mark(part, rarest))])
        : filter;
}
