using Rondo.Mlflow.Filters;
using static Rondo.Mlflow.Filters.FilterVocabulary;

namespace Rondo.Tracking.Rules;

/// <summary>What experiments, runs and logged models can be searched by.</summary>
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
                ("end_time", []),
                ("text", [])
            ),
            Set("start_time", "end_time"),
            Set()
        )
        {
            HasStatistics = true,
            Text = "text",
        };

    public static FilterVocabulary Experiments { get; } =
        new(
            "experiments",
            EntityNames(
                (FilterEntity.Attribute, ["attribute", "attributes", "attr"]),
                (FilterEntity.Tag, ["tag", "tags"])
            ),
            AttributeNames(
                ("name", []),
                ("creation_time", []),
                ("last_update_time", []),
                ("experiment_id", []),
                ("text", [])
            ),
            Set("creation_time", "last_update_time"),
            Set("experiment_id")
        )
        {
            Text = "text",
        };

    public static FilterVocabulary LoggedModels { get; } =
        new(
            "logged models",
            EntityNames(
                (FilterEntity.Attribute, ["attribute", "attributes", "attr"]),
                (FilterEntity.Metric, ["metric", "metrics"]),
                (FilterEntity.Param, ["param", "params", "parameter", "parameters"]),
                (FilterEntity.Tag, ["tag", "tags"])
            ),
            AttributeNames(
                ("name", ["model_name"]),
                ("model_id", []),
                ("model_type", []),
                ("status", []),
                ("source_run_id", []),
                ("artifact_uri", ["artifact_location"]),
                ("creation_timestamp", ["creation_timestamp_ms", "creation_time"]),
                ("last_updated_timestamp", ["last_updated_timestamp_ms", "last_updated_time"])
            ),
            Set("creation_timestamp", "last_updated_timestamp"),
            Set()
        );
}
