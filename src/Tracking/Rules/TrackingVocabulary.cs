using Rondo.Mlflow.Filters;
using static Rondo.Mlflow.Filters.FilterVocabulary;

namespace Rondo.Tracking.Rules;

/// <summary>What experiments and runs can be searched by.</summary>
internal static class TrackingVocabulary
{
    public static FilterVocabulary Runs { get; } =
        new(
            "runs",
            EntityNames(
                (FilterEntity.Metric, ["metric", "metrics"]),
                (FilterEntity.Param, ["param", "params", "parameter", "parameters"]),
                (FilterEntity.Tag, ["tag", "tags"]),
                (FilterEntity.Attribute, ["attribute", "attributes", "attr", "run"]),
                (FilterEntity.Dataset, ["dataset", "datasets"])
            ),
            AttributeNames(
                ("status", []),
                ("run_id", []),
                ("run_name", ["run name", "Run name", "Run Name"]),
                ("user_id", []),
                ("artifact_uri", []),
                ("start_time", ["created", "Created"]),
                ("end_time", [])
            ),
            Set("start_time", "end_time"),
            Set()
        );

    public static FilterVocabulary Experiments { get; } =
        new(
            "experiments",
            EntityNames(
                (FilterEntity.Attribute, ["attribute", "attributes", "attr"]),
                (FilterEntity.Tag, ["tag", "tags"])
            ),
            AttributeNames(("name", []), ("creation_time", []), ("last_update_time", []), ("experiment_id", [])),
            Set("creation_time", "last_update_time"),
            Set("experiment_id")
        );
}
