using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;

namespace Rondo.Tracking.Models;

/// <summary>Writes filters and orders of logged models.</summary>
internal sealed class LoggedModelSql(Dialect dialect, IReadOnlyList<DatasetChoice> datasets) : FilterSql(dialect)
{
    // Named in every comparison of a metric, with the same arguments.
    private string? _onDatasets;

    private const string Metrics = "tracking_logged_model_metric f where f.model = m.id";

    private static readonly Dictionary<string, string> s_columns = new(StringComparer.Ordinal)
    {
        ["name"] = "m.name",
        ["model_id"] = "m.id",
        ["model_type"] = "m.model_type",
        ["status"] = "m.status",
        ["source_run_id"] = "m.source_run",
        ["artifact_uri"] = "m.artifact_uri",
        ["creation_timestamp"] = "m.created_at",
        ["last_updated_timestamp"] = "m.updated_at",
    };

    private string ChosenDatasets => _onDatasets ??= DatasetIn(datasets);

    /// <summary>That a model has a metric on one of the datasets.</summary>
    public string OnDatasets() => datasets.Count == 0 ? "" : $" and exists (select 1 from {Metrics}{ChosenDatasets})";

    /// <summary>The keys of one item; rows without the field come last in both directions, NaN just before them.</summary>
    public string Order(LoggedModelOrder item)
    {
        var direction = item.Ascending ? "asc" : "desc";
        if (item.Field.Entity == FilterEntity.Metric)
        {
            // Of several datasets the latest point counts.
            var rows =
                $"from {Metrics} and f.key = {Add(item.Field.Key)}"
                + (item.Dataset is { } dataset ? DatasetIn([dataset]) : "")
                + " order by f.step desc, f.logged_at desc, f.value desc, f.is_nan desc limit 1";
            return $"coalesce((select f.is_nan {rows}), 2) asc, (select f.value {rows}) {direction}";
        }

        var value =
            item.Field.Entity == FilterEntity.Attribute
                ? s_columns[item.Field.Key]
                : $"(select f.value from {TableOf(item.Field)} f where f.model = m.id and f.key = {Add(item.Field.Key)})";
        return $"case when {value} is null then 1 else 0 end asc, {value} {direction}";
    }

    protected override FilterPlace PlaceOf(FilterField field) =>
        field.Entity switch
        {
            FilterEntity.Attribute => new FilterPlace(s_columns[field.Key]),
            FilterEntity.Metric => new FilterPlace(
                "f.value",
                $"{Metrics} and f.key = {Add(field.Key)}{ChosenDatasets}"
            ),
            _ => new FilterPlace("f.value", $"{TableOf(field)} f where f.model = m.id and f.key = {Add(field.Key)}"),
        };

    private static string TableOf(FilterField field) =>
        field.Entity == FilterEntity.Param ? "tracking_logged_model_param" : "tracking_logged_model_tag";

    private string DatasetIn(IReadOnlyList<DatasetChoice> choices)
    {
        if (choices.Count == 0)
        {
            return "";
        }

        var conditions = choices.Select(choice =>
            choice.Digest is { } digest
                ? $"(f.dataset_name = {Add(choice.Name)} and f.dataset_digest = {Add(digest)})"
                : $"f.dataset_name = {Add(choice.Name)}"
        );
        return $" and ({string.Join(" or ", conditions)})";
    }
}
