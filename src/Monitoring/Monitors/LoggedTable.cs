using System.Globalization;
using Rondo.Data;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;

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
    ) => Inputs(rows, versions, baseline.Columns.Select(profile => (profile.Name, profile.Type)));

    /// <summary>The same for other names and types.</summary>
    public static Table Inputs(
        IReadOnlyList<LoggedRow> rows,
        IReadOnlyDictionary<long, ModelVersion> versions,
        IEnumerable<(string Name, ColumnType Type)> columns
    )
    {
        var codecs = versions.ToDictionary(
            pair => pair.Key,
            pair => new RowCodec(pair.Value.Proposal.Description.Signature)
        );
        var places = codecs.ToDictionary(pair => pair.Key, pair => PlacesOf(pair.Value));
        var values = rows.Select(row => codecs.GetValueOrDefault(row.Version)?.Read(row.Inputs)).ToList();
        return new Table([
            .. columns.Select(column =>
                Column(column, rows.Select((row, i) => ValueOf(row.Version, Normal(column.Name), values[i])))
            ),
        ]);

        object? ValueOf(long version, string name, object?[]? row) =>
            places.TryGetValue(version, out var known) && known.TryGetValue(name, out var place) ? row?[place] : null;
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
        var inputs = PlacesOf(new RowCodec(version.Proposal.Description.Signature));
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

    private static Column Column((string Name, ColumnType Type) profile, IEnumerable<object?> values) =>
        profile.Type switch
        {
            ColumnType.Text => Data.Column.Of(
                profile.Name,
                values.Select(value => value is null ? null : Convert.ToString(value, CultureInfo.InvariantCulture))
            ),
            ColumnType.Boolean => Data.Column.Of(
                profile.Name,
                values.Select(value => NumberOf(value) is { } number ? number != 0 : (bool?)null)
            ),
            _ => Numbers(profile, [.. values.Select(NumberOf)]),
        };

    // A whole number may have come as a number; one with a fraction is told as what it is, and not cut.
    private static Column Numbers((string Name, ColumnType Type) profile, double?[] values) =>
        profile.Type == ColumnType.Integer && values.All(value => value is null || double.IsInteger(value.Value))
            ? Data.Column.Of(profile.Name, values.Select(value => (long?)value))
            : Data.Column.Of(profile.Name, values);

    // NaN is how a missing number travels.
    private static double? NumberOf(object? value) => value is double number && double.IsFinite(number) ? number : null;

    private static Dictionary<string, int> PlacesOf(RowCodec codec) =>
        codec.Places.ToDictionary(pair => Normal(pair.Key), pair => pair.Value, StringComparer.Ordinal);

    private static string Normal(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
