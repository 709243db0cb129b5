using System.Globalization;
using Rondo.Data;
using Rondo.Kernel.Blobs;

namespace Rondo.Datasets;

/// <summary>Reads what a file holds, part by part. Only what nobody could use is refused here: whether the rows fit is for the pipeline's validation.</summary>
internal sealed class DatasetFileReader(IBlobStore blobs)
{
    /// <summary>A stored file as rows.</summary>
    public TableSource Open(string name, string digest) =>
        TableSource.OfStream(name, () => blobs.OpenAsync(digest).GetAwaiter().GetResult());

    public DatasetFileFacts Read(string name, BlobId blob, string? eventTime)
    {
        var source = Open(name, blob.Digest);
        var facts = new FileFacts(name, eventTime);
        try
        {
            foreach (var part in source.Read())
            {
                facts.Add(part);
            }
        }
        catch (RondoException e) when (e.Code == ErrorCode.InvalidArgument)
        {
            throw Unreadable(e.What, e.Mend);
        }

        facts.Require(source.Quarantine);
        return new DatasetFileFacts(
            name,
            blob.Digest,
            blob.Size,
            facts.Rows,
            source.Quarantine.Count,
            facts.Columns,
            facts.AsOf
        );
    }

    private static RondoException Unreadable(string what, string? mend = null) =>
        new(ErrorCode.InvalidArgument, what, mend ?? "Push a file whose first line or schema names the columns.");

    private sealed class FileFacts(string name, string? eventTime)
    {
        private string? _time;
        private DateOnly? _day;
        private DateTimeOffset? _instant;

        public long Rows { get; private set; }

        public IReadOnlyList<string> Columns { get; private set; } = [];

        public string? AsOf =>
            _day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            ?? _instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

        public void Add(Table part)
        {
            if (Columns.Count == 0)
            {
                Columns = [.. part.Columns.Select(column => column.Name)];
                _time = TimeOf(part)?.Name;
            }

            Rows += part.RowCount;
            if (_time is not null && part.TryGet(_time, out var column) && column.MissingCount < column.Count)
            {
                Advance(column);
            }
        }

        public void Require(Quarantine quarantine)
        {
            if (Columns.Count == 0)
            {
                throw quarantine.Rows is [var held, ..]
                    ? Unreadable($"{name}, line {held.Line}: {held.Reason}.")
                    : Unreadable($"{name}: the file is empty; a dataset file begins with the names of its columns.");
            }

            if (Columns.FirstOrDefault(column => column.Any(IsNoText)) is { } odd)
            {
                var place = Columns.ToList().IndexOf(odd) + 1;
                throw Unreadable(
                    $"{name}, line 1, column {place}: the column's name has bytes that are not UTF-8 text; the file is not what its name says."
                );
            }

            var broken = quarantine.Rows.FirstOrDefault(row => row.Text.Any(IsNoText));
            broken ??= Rows == 0 && quarantine.Rows is [var first, ..] ? first : null;
            if (broken is not null)
            {
                throw Unreadable($"{name}, line {broken.Line}: {broken.Reason}.");
            }
        }

        // A declared event time decides. Without one, the first column of dates or instants is the best guess there is.
        private Column? TimeOf(Table part) =>
            eventTime is not null && part.TryGet(eventTime, out var declared)
                ? declared
                : part.Columns.FirstOrDefault(c => c is Column<DateOnly> or Column<DateTimeOffset>);

        private void Advance(Column column)
        {
            if (column is Column<DateOnly> dates)
            {
                var newest = dates.Present().Max();
                _day = _day > newest ? _day : newest;
            }
            else if (column is Column<DateTimeOffset> instants)
            {
                var newest = instants.Present().Max();
                _instant = _instant > newest ? _instant : newest;
            }
        }

        private static bool IsNoText(char c) => c == '\uFFFD' || (char.IsControl(c) && c is not ('\t' or '\n' or '\r'));
    }
}
