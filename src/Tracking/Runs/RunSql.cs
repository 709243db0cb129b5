using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>Writes filters of runs: where what they compare is kept.</summary>
internal sealed class RunSql(Dialect dialect) : FilterSql(dialect)
{
    public static Dictionary<string, string> Columns { get; } =
        new(StringComparer.Ordinal)
        {
            ["status"] = "r.status",
            ["run_id"] = "r.id",
            ["run_name"] = "r.name",
            ["user_id"] = "r.user_id",
            ["artifact_uri"] = "r.artifact_uri",
            ["start_time"] = "r.started_at",
            ["end_time"] = "r.ended_at",
        };

    public static string TableOf(FilterEntity entity) =>
        entity switch
        {
            FilterEntity.Metric => "tracking_metric_latest",
            FilterEntity.Param => "tracking_param",
            _ => "tracking_tag",
        };

    /// <summary>Runs of these experiments, in this state of life, that the filter finds; <c>r</c> is the run.</summary>
    public string Where(IReadOnlyList<long> experiments, ViewType view, FilterNode? filter) =>
        $"r.experiment in {AddAll(experiments.Cast<object>())} and {Where(view, filter)}";

    /// <summary>Runs in this state of life that the filter finds.</summary>
    public string Where(ViewType view, FilterNode? filter) =>
        $"r.lifecycle in {AddAll(Lifecycle.Of(view))}" + (filter is null ? "" : " and " + Write(filter));

    protected override FilterPlace PlaceOf(FilterField field) =>
        field switch
        {
            { Entity: FilterEntity.Attribute, Key: "run_name" } => PlaceOf(
                new FilterField(FilterEntity.Tag, TrackingNames.RunNameTag)
            ),
            { Entity: FilterEntity.Attribute } => new FilterPlace(Columns[field.Key]),
            { Entity: FilterEntity.Dataset } => new FilterPlace(
                field.Key == "context" ? "i.context" : "f." + field.Key,
                "tracking_input i join tracking_dataset f on f.id = i.dataset where i.run = r.id"
            ),
            _ => new FilterPlace(
                "f.value",
                $"{TableOf(field.Entity)} f where f.run = r.id and f.key = {Add(field.Key)}"
            ),
        };
}
