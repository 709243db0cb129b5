using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Versions;

/// <summary>Compares two versions of a dataset: their files by digest, their columns by statistics.</summary>
public sealed class DatasetDiffs(DatasetStore datasets, DatasetDescriptions descriptions)
{
    /// <summary>What lies between two versions.</summary>
    /// <exception cref="RondoException">There is no such version, or it was deleted.</exception>
    public async Task<DatasetDiff> DiffAsync(DatasetPlace place, long from, long to, CancellationToken cancellation)
    {
        var (before, now) = (await datasets.RequireAsync(place, from), await datasets.RequireAsync(place, to));
        var filesBefore = (await descriptions.ContentAsync(before, cancellation)).Files;
        var filesNow = (await descriptions.ContentAsync(now, cancellation)).Files;
        var (columns, reason) = await ColumnsAsync(place, from, to, cancellation);
        return new DatasetDiff(before, now, Files(filesBefore, filesNow), columns, reason);
    }

    private static List<DatasetFileChange> Files(IReadOnlyList<DatasetFile> before, IReadOnlyList<DatasetFile> now)
    {
        var names = before
            .Concat(now)
            .Select(file => file.Name)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return
        [
            .. names
                .Select(name => (Name: name, Before: Named(before, name), Now: Named(now, name)))
                .Where(file => file.Before?.Digest != file.Now?.Digest)
                .Select(file => new DatasetFileChange(
                    file.Name,
                    file.Before is null ? "added"
                        : file.Now is null ? "removed"
                        : "replaced",
                    file.Before?.Size,
                    file.Now?.Size
                )),
        ];
    }

    private static DatasetFile? Named(IReadOnlyList<DatasetFile> files, string name) =>
        files.FirstOrDefault(file => file.Name == name);

    private async Task<(IReadOnlyList<DatasetColumnChange> Columns, string? Reason)> ColumnsAsync(
        DatasetPlace place,
        long from,
        long to,
        CancellationToken cancellation
    )
    {
        try
        {
            var old = (await descriptions.DescribeAsync(place, from, cancellation)).Statistics;
            var recent = (await descriptions.DescribeAsync(place, to, cancellation)).Statistics;
            var names = old
                .Columns.Concat(recent.Columns)
                .Select(c => c.Name)
                .Distinct(StringComparer.OrdinalIgnoreCase);
            var columns = names.Select(name => Change(name, old.Find(name), recent.Find(name)));
            return ([.. columns.OrderBy(Rank).ThenByDescending(column => Math.Abs(column.Shift ?? 0))], null);
        }
        // Files that do not fit together are for the validation of a pipeline to judge, not for this to fail on.
        catch (RondoException e) when (e.Code == ErrorCode.InvalidArgument)
        {
            return ([], e.What);
        }
    }

    private static DatasetColumnChange Change(string name, ColumnStatistics? before, ColumnStatistics? now)
    {
        var shift =
            before?.Numbers is { Deviation: > 0 } old && now?.Numbers is { } recent
                ? (recent.Mean - old.Mean) / old.Deviation
                : null;
        var change =
            before is null ? "added"
            : now is null ? "removed"
            : before.Type != now.Type ? "type"
            : Json(before) == Json(now) ? "same"
            : "values";
        return new DatasetColumnChange(name, change, before, now, shift);
    }

    private static int Rank(DatasetColumnChange column) =>
        column.Change switch
        {
            "added" or "removed" => 0,
            "type" => 1,
            "values" => 2,
            _ => 3,
        };

    private static string Json(ColumnStatistics statistics) =>
        JsonSerializer.Serialize(statistics with { Name = "" }, RondoJson.Options);
}
