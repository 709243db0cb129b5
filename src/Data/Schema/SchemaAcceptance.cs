using System.Globalization;

namespace Rondo.Data;

/// <summary>One change of a schema that accepting an anomaly makes.</summary>
/// <param name="Column">The column.</param>
/// <param name="Change">What is different from now on, for people.</param>
public sealed record SchemaChange(string Column, string Change);

/// <summary>Takes the data as right, and the schema as what is to be changed.</summary>
public static class SchemaAcceptance
{
    /// <summary>
    /// The schema under which these anomalies are none, and what was changed. Lines held back, broken rules, shares and forbidden columns are
    /// not accepted so: a person decides about those in the file itself.
    /// </summary>
    /// <param name="schema">The schema that reported them.</param>
    /// <param name="report">Its report on the data.</param>
    /// <param name="statistics">The statistics of the same data.</param>
    public static (TableSchema Schema, IReadOnlyList<SchemaChange> Changes) Accept(
        TableSchema schema,
        ValidationReport report,
        TableStatistics statistics
    )
    {
        var changes = new List<SchemaChange>();
        foreach (var anomaly in report.Anomalies.Where(anomaly => anomaly.Column is not null))
        {
            if (Change(schema, anomaly, statistics) is var (column, change))
            {
                schema = With(schema, column);
                changes.Add(new SchemaChange(column.Name, change));
            }
        }

        return (schema, changes);
    }

    private static (ColumnExpectation, string)? Change(TableSchema schema, Anomaly anomaly, TableStatistics statistics)
    {
        var found = statistics.Find(anomaly.Column!);
        if (schema.Find(anomaly.Column!) is not { } now)
        {
            return anomaly.Kind == AnomalyKind.ExtraColumn && found is not null
                ? (Inferred(found), $"new column of type {found.Type}")
                : null;
        }

        return anomaly.Kind switch
        {
            AnomalyKind.MissingColumn => (now with { Required = false }, "may be missing from a file"),
            AnomalyKind.WrongType when found is not null => (
                Inferred(found) with
                {
                    Nullable = now.Nullable || found.Missing > 0,
                },
                $"is {found.Type}, was {now.Type}"
            ),
            AnomalyKind.MissingValue => MayBeMissing(now, anomaly.Share),
            AnomalyKind.OutOfRange => Widened(now, anomaly.Unexpected),
            AnomalyKind.UnknownCategory => (
                now with
                {
                    Domain = [.. now.Domain!.Union(anomaly.Unexpected, StringComparer.Ordinal)],
                },
                "also " + string.Join(", ", anomaly.Unexpected)
            ),
            AnomalyKind.NotUnique => (now with { Unique = false }, "need not be unique"),
            AnomalyKind.TooManyDistinct => (
                now with
                {
                    DistinctMax = long.Parse(anomaly.Unexpected[0], CultureInfo.InvariantCulture),
                },
                $"up to {anomaly.Unexpected[0]} different values"
            ),
            AnomalyKind.UnexpectedDistribution when now.Distribution is { } expected => Distributed(
                now,
                expected,
                anomaly,
                found
            ),
            _ => null,
        };
    }

    // What one file has is expected from now on; where there are others too, it is let through beside them.
    private static (ColumnExpectation, string) Distributed(
        ColumnExpectation now,
        DistributionExpectation expected,
        Anomaly anomaly,
        ColumnStatistics? found
    )
    {
        if (anomaly.Values == found?.Count - (found?.Numbers?.NotFinite ?? 0))
        {
            return (
                now with
                {
                    Distribution = anomaly.Distribution! with { Tolerance = expected.Tolerance },
                },
                "is distributed as in these files"
            );
        }

        var tolerance = (Math.Floor((anomaly.Effect ?? 0) * 100) + 1) / 100;
        return tolerance >= 1
            ? (now with { Distribution = null }, "may be distributed anyhow")
            : (
                now with
                {
                    Distribution = expected with { Tolerance = Math.Max(expected.Tolerance, tolerance) },
                },
                string.Create(CultureInfo.InvariantCulture, $"shares may differ by {tolerance:P0}")
            );
    }

    private static (ColumnExpectation, string) MayBeMissing(ColumnExpectation now, double share)
    {
        // To the next hundredth: the exact share would be broken by the next file.
        var max = Math.Min(1, (Math.Floor(share * 100) + 1) / 100);
        return now.MissingShareMax is null
            ? (now with { Nullable = true }, "values may be missing")
            : (
                now with
                {
                    MissingShareMax = max,
                },
                string.Create(CultureInfo.InvariantCulture, $"up to {max:P0} may be missing")
            );
    }

    private static (ColumnExpectation, string) Widened(ColumnExpectation now, IReadOnlyList<string> ends)
    {
        var (least, greatest) = (
            double.Parse(ends[0], CultureInfo.InvariantCulture),
            double.Parse(ends[1], CultureInfo.InvariantCulture)
        );
        var wider = now with
        {
            Min = now.Min is { } min ? Math.Min(min, least) : null,
            Max = now.Max is { } max ? Math.Max(max, greatest) : null,
        };
        return (wider, SchemaWords.Range(wider.Min, wider.Max));
    }

    private static ColumnExpectation Inferred(ColumnStatistics column) =>
        TableSchema.Infer("", new TableStatistics(column.Count, [column])).Columns[0];

    private static TableSchema With(TableSchema schema, ColumnExpectation column) =>
        schema.Find(column.Name) is { } before
            ? schema with
            {
                Columns = [.. schema.Columns.Select(c => c == before ? column with { Name = c.Name } : c)],
            }
            : schema with
            {
                Columns = [.. schema.Columns, column],
            };
}
