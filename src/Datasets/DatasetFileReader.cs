using System.Globalization;
using Rondo.Data;
using Rondo.Kernel.Blobs;

namespace Rondo.Datasets;

/// <summary>Reads what a file holds. Only what nobody could use is refused here: whether the rows fit is for the pipeline's validation.</summary>
internal sealed class DatasetFileReader(IBlobStore blobs)
{
    public async Task<DatasetFileFacts> ReadAsync(string name, BlobId blob, string? eventTime)
    {
        await using var stream = await blobs.OpenAsync(blob.Digest);
        var raw = Csv.Read(name, stream);
        var table = raw.Table;
        Require(name, raw);
        return new DatasetFileFacts(
            name,
            blob.Digest,
            blob.Size,
            table.RowCount,
            raw.Quarantine.Count,
            [.. table.Columns.Select(column => column.Name)],
            AsOf(table, eventTime)
        );
    }

    private static void Require(string name, RawTable raw)
    {
        if (raw.Table.Columns.Count == 0)
        {
            throw Unreadable($"{name}: the file is empty; a dataset file begins with a line of column names.");
        }

        if (raw.Table.Columns.FirstOrDefault(column => column.Name.Any(IsNoText)) is { } odd)
        {
            var place = raw.Table.Columns.ToList().IndexOf(odd) + 1;
            throw Unreadable(
                $"{name}, line 1, column {place}: the column's name has bytes that are not UTF-8 text; this is not a CSV file."
            );
        }

        var broken = raw.Quarantine.Rows.FirstOrDefault(row => row.Text.Any(IsNoText));
        broken ??= raw is { Table.RowCount: 0, Quarantine.Rows: [var first, ..] } ? first : null;
        if (broken is not null)
        {
            throw Unreadable($"{name}, line {broken.Line}: {broken.Reason}.");
        }
    }

    // A declared event time decides. Without one, the first column of dates or instants is the best guess there is.
    private static string? AsOf(Table table, string? eventTime)
    {
        var column =
            eventTime is not null && table.TryGet(eventTime, out var declared)
                ? declared
                : table.Columns.FirstOrDefault(c => c is Column<DateOnly> or Column<DateTimeOffset>);
        if (column is null || column.MissingCount == column.Count)
        {
            return null;
        }

        return column switch
        {
            Column<DateOnly> dates => dates.Present().Max().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Column<DateTimeOffset> instants => instants
                .Present()
                .Max()
                .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    private static bool IsNoText(char c) => c == '\uFFFD' || (char.IsControl(c) && c is not ('\t' or '\n' or '\r'));

    private static RondoException Unreadable(string what) =>
        new(ErrorCode.InvalidArgument, what, "Push CSV in UTF-8 whose first line names the columns.");
}
