using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Runs;

/// <summary>Whether the least or the greatest value of a metric is the best: a tag of the experiment says so.</summary>
internal static class MetricGoal
{
    public const string Minimize = "minimize";
    public const string Maximize = "maximize";

    private const string Prefix = "rondo.goal.";

    /// <summary>The tag of an experiment with the goal of a metric.</summary>
    public static string TagOf(string key) => Prefix + key;

    /// <summary>The metrics of which a search asks for the best.</summary>
    public static IReadOnlySet<string> AskedFor(FilterNode? filter, IReadOnlyList<OrderItem> order) =>
        FieldsOf(filter, order)
            .Where(field => field.Statistic == MetricStatistic.Best)
            .Select(field => field.Key)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The experiments in which the greatest is the best, where the field means the best of a metric; none where it means something else.</summary>
    public static async ValueTask<IReadOnlyList<long>> MaximizedAsync(
        Session session,
        IReadOnlyList<long> experiments,
        FilterField field
    ) =>
        field.Statistic != MetricStatistic.Best
            ? []
            : await session.QueryAsync<long>(
                "select experiment from tracking_experiment_tag where key = @tag and value = @Maximize and experiment in @experiments",
                new
                {
                    tag = TagOf(field.Key),
                    Maximize,
                    experiments,
                }
            );

    /// <summary>Refuses a search for the best of a metric in an experiment that has no goal for it: it would find nothing, or the worst.</summary>
    public static async ValueTask RequireAsync(
        Session session,
        IReadOnlyList<long> experiments,
        IReadOnlySet<string> metrics
    )
    {
        foreach (var metric in metrics)
        {
            var known = await session.QueryAsync<long>(
                "select experiment from tracking_experiment_tag where key = @tag and value in @goals and experiment in @experiments",
                new
                {
                    tag = TagOf(metric),
                    goals = new[] { Minimize, Maximize },
                    experiments,
                }
            );
            var without = experiments.Except(known).ToList();
            if (without.Count > 0)
            {
                throw Refusal.Invalid(
                    $"What is best of '{metric}' is not known in experiment {without[0]}: set its tag '{TagOf(metric)}' to"
                        + $" '{Minimize}' or '{Maximize}', or ask for metrics.{metric}.min or metrics.{metric}.max."
                );
            }
        }
    }

    /// <summary>The fields that a search compares or sorts by.</summary>
    public static IEnumerable<FilterField> FieldsOf(FilterNode? filter, IReadOnlyList<OrderItem> order) =>
        FieldsOf(filter).Concat(order.Select(item => item.Field));

    private static IEnumerable<FilterField> FieldsOf(FilterNode? node) =>
        node switch
        {
            FilterAnd and => and.Parts.SelectMany(FieldsOf),
            FilterOr or => or.Parts.SelectMany(FieldsOf),
            FilterNot not => FieldsOf(not.Part),
            FilterComparison comparison => [comparison.Field],
            _ => [],
        };
}
