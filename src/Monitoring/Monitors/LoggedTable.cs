using System.Text.Json;
using Rondo.Data;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Serving.Models;

namespace Rondo.Monitoring.Monitors;

/// <summary>Logged rows as tables of a baseline's columns, in the baseline's types.</summary>
internal static class LoggedTable
{
    private const string Prediction = "prediction";

    /// <summary>The scalar inputs of every row. A version that did not take an input has it missing.</summary>
    public static Table Inputs(
        IReadOnlyList<LoggedRow> rows,
        IReadOnlyDictionary<long, ModelVersion> versions,
        ReferenceProfile baseline
    )
    {
        var places = versions.ToDictionary(pair => pair.Key, pair => PlacesOf(pair.Value));
        var values = rows.Select(row => JsonSerializer.Deserialize<JsonElement[]>(row.Inputs)!).ToList();
        return new Table([
            .. baseline.Columns.Select(profile =>
                Column(profile, rows.Select((row, i) => ValueOf(row.Version, Normal(profile.Name), values[i])))
            ),
        ]);

        JsonElement ValueOf(long version, string name, JsonElement[] row) =>
            places.TryGetValue(version, out var known) && known.TryGetValue(name, out var place) ? row[place] : default;
    }

    /// <summary>The answers of one version.</summary>
    public static Table Predictions(IReadOnlyList<LoggedRow> rows, ReferenceProfile baseline, long version) =>
        new([
            .. baseline.Columns.Select(profile =>
                Data.Column.Of(profile.Name, rows.Where(row => row.Version == version).Select(row => row.Value))
            ),
        ]);

    /// <summary>Splits a baseline into the part of the inputs and that of the prediction; vectors have no part in either.</summary>
    public static (ReferenceProfile Inputs, ReferenceProfile Prediction) Split(ModelVersion version)
    {
        var baseline = version.Proposal.Baseline;
        var inputs = PlacesOf(version);
        var output = version.Proposal.Description.Signature.Outputs is [var first, ..] ? first.Name : Prediction;
        return (
            baseline with
            {
                Columns = [.. baseline.Columns.Where(column => inputs.ContainsKey(Normal(column.Name)))],
            },
            baseline with
            {
                Columns =
                [
                    .. baseline.Columns.Where(column =>
                        !inputs.ContainsKey(Normal(column.Name))
                        && (Normal(column.Name) == Normal(Prediction) || Normal(column.Name) == Normal(output))
                    ),
                ],
            }
        );
    }

    private static Column Column(ColumnProfile profile, IEnumerable<JsonElement> values) =>
        profile.Type switch
        {
            ColumnType.Text => Data.Column.Of(profile.Name, values.Select(TextOf)),
            ColumnType.Boolean => Data.Column.Of(
                profile.Name,
                values.Select(v => NumberOf(v) is { } n ? n != 0 : (bool?)null)
            ),
            _ => Data.Column.Of(profile.Name, values.Select(NumberOf)),
        };

    private static double? NumberOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string? TextOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };

    // Where each scalar input stands in the logged array. The elements of a vector have no names, and no baseline.
    private static Dictionary<string, int> PlacesOf(ModelVersion version)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var place = 0;
        foreach (var input in version.Proposal.Description.Signature.Inputs)
        {
            var width = InferenceBatch.WidthOf(input);
            if (width == 1)
            {
                places[Normal(input.Name)] = place;
            }

            place += width;
        }

        return places;
    }

    private static string Normal(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
