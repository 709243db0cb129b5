using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;

namespace Rondo.Tracking.Runs;

/// <summary>A comparison that few runs of some experiments fulfil: a search begins with these and not with the newest runs.</summary>
internal sealed record FilterRare(FilterComparison Comparison, IReadOnlyList<long> Experiments) : FilterNode;

/// <summary>Finds what of a filter leads to few runs: a value of a param or of a tag, or a range of a metric.</summary>
internal static class RareValue
{
    /// <summary>How many runs are few: with more of them the newest runs are looked at one after the other.</summary>
    public const int RunsMax = 1000;

    private const int ValuesMax = 100;

    /// <summary>The filter, with the comparison marked that the fewest runs fulfil where these are few.</summary>
    public static async ValueTask<FilterNode?> ResolveAsync(
        Session session,
        FilterNode? filter,
        IReadOnlyList<long> experiments
    )
    {
        if (filter is null || RunSql.NameIn(filter) is not null || RunSql.LeadIn(filter) is not null)
        {
            return filter;
        }

        var (rarest, fewest) = ((FilterRare?)null, RunsMax + 1L);
        foreach (var comparison in CandidatesIn(filter))
        {
            var candidate = new FilterRare(comparison, experiments);
            var runs = await CountAsync(session, candidate, fewest);
            (rarest, fewest) = runs < fewest ? (candidate, runs) : (rarest, fewest);
        }

        return rarest is null ? filter : Mark(filter, rarest);
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
