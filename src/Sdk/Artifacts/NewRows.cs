using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// What a connector has read since the last time, to be added to a dataset (<c>.AddTo(dataset)</c>). How far it has been read is part
/// of the dataset's version, so that the next run goes on from there, whatever becomes of this one:
/// <c>NewRows.Query("orders", soFar, () => new NpgsqlConnection(address), "select * from orders", "updated_at")</c>.
/// </summary>
public sealed class NewRows
{
    private readonly Func<TableSource> _rows;
    private readonly JsonElement? _since;
    private readonly Func<JsonElement?> _mark;

    private NewRows(
        string connector,
        string? origin,
        Func<TableSource> rows,
        JsonElement? since,
        Func<JsonElement?> mark
    )
    {
        Connector = Names.Checked(connector, "a connector");
        Origin = origin;
        _rows = rows;
        _since = since;
        _mark = mark;
    }

    /// <summary>What was read; each connector of a dataset goes on from where it ended.</summary>
    public string Connector { get; }

    /// <summary>The query or pattern, kept with the version.</summary>
    public string? Origin { get; }

    /// <summary>The rows, part by part; they need not fit into memory.</summary>
    public TableSource Rows => _rows();

    /// <summary>
    /// The rows of a query whose <paramref name="watermark"/> is greater than that of all rows that were read before. A column that only
    /// grows is right for it: a row that is written later with a lower value is never read.
    /// </summary>
    /// <param name="connector">Names what is read, within the dataset.</param>
    /// <param name="soFar">The dataset's newest version (<c>g.VersionIfAny(dataset)</c>), null at first.</param>
    /// <param name="open">Opens a connection of any provider for ADO.NET; it is closed after the reading.</param>
    /// <param name="sql">The query, without a semicolon at its end.</param>
    /// <param name="watermark">A column of the query, as it stands in SQL. Rows that miss it are not read. Where it is a timestamp without a
    /// time zone, the connection must be in UTC.</param>
    public static NewRows Query(
        string connector,
        DatasetVersionContent? soFar,
        Func<DbConnection> open,
        string sql,
        string watermark
    )
    {
        var since = Mark(soFar, connector) is { } mark ? WatermarkValue.Read(mark) : null;
        var (text, parameters) = since is null
            ? ($"select * from ({sql}) as q where {watermark} is not null", null)
            : (
                $"select * from ({sql}) as q where {watermark} > @since",
                new Dictionary<string, object>(StringComparer.Ordinal) { ["since"] = since.Value }
            );
        return Of(connector, sql, new SqlSource(connector, open, text, parameters), watermark.Trim('"'), since);
    }

    /// <summary>
    /// Rows that anything else reads, from where it ended: <paramref name="read"/> gets the greatest watermark so far (null at first; a
    /// <see langword="long"/>, <see langword="double"/>, <see langword="string"/>, <see cref="DateOnly"/> or <see cref="DateTimeOffset"/>, as the column is), and
    /// gives rows beyond it.
    /// </summary>
    public static NewRows Since(
        string connector,
        DatasetVersionContent? soFar,
        string watermark,
        Func<object?, TableSource> read
    )
    {
        var since = Mark(soFar, connector) is { } mark ? WatermarkValue.Read(mark) : null;
        return Of(connector, null, read(since?.Value), watermark, since);
    }

    /// <summary>
    /// The rows of the files of a folder or pattern that were not read before; none where there is no such file. A file is told by its name; one that was read and has changed
    /// since is an error, because its rows would be there twice.
    /// </summary>
    public static NewRows Files(string connector, DatasetVersionContent? soFar, string pattern)
    {
        var known =
            Mark(soFar, connector)?.Deserialize<SortedDictionary<string, string>>(RondoJson.Options)
            ?? new SortedDictionary<string, string>(StringComparer.Ordinal);
        var fresh = new List<string>();
        foreach (var file in FilesAt(pattern))
        {
            var name = Path.GetFileName(file);
            var stamp = FileStamp.Of(file);
            if (known.TryGetValue(name, out var before))
            {
                stamp.RequireSame(file, before);
            }
            else
            {
                fresh.Add(file);
                known[name] = stamp.WithDigest(file);
            }
        }

        var source = TableSource.Join(connector, [.. fresh.Select(file => TableSource.Open(file))]);
        return new NewRows(connector, pattern, () => source, Mark(soFar, connector), () => Facts.Of(known));
    }

    /// <summary>Rows that stand for what a connector would read, where it is not to be asked.</summary>
    internal static NewRows StandIn(IReadOnlyList<string> files)
    {
        var source = TableSource.Join("sample", [.. files.Select(file => TableSource.Open(file))]);
        return new NewRows("sample", null, () => source, null, () => null);
    }

    // A folder in which nothing lies yet is one without news; one that is not there is a mistake.
    private static IReadOnlyList<string> FilesAt(string pattern)
    {
        var folder = Directory.Exists(pattern) ? pattern : Path.GetDirectoryName(Path.GetFullPath(pattern));
        if (!Directory.Exists(folder))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no folder '{folder}'.",
                "Name a folder, or a pattern of files in one; it must be there on the machine that runs the step."
            );
        }
        try
        {
            return TableSource.FilesAt(pattern);
        }
        catch (RondoException e) when (e.Code == ErrorCode.NotFound)
        {
            return [];
        }
    }

    internal static NewRows Stored(Func<Stream> open)
    {
        using var stream = open();
        var facts = NewRowsFacts.Of(Parquet.ReadFacts(stream));
        return new NewRows(
            facts.Connector,
            facts.Origin,
            () => TableSource.OfStream(facts.Connector + ".parquet", open),
            facts.Since,
            () => facts.Mark
        );
    }

    internal NewRowsFacts Write(Stream stream)
    {
        var count = 0L;
        var rows = Rows;
        NewRowsFacts? facts = null;
        Parquet.Write(
            rows.Tap(part => count += part.RowCount),
            stream,
            () =>
            {
                facts = new NewRowsFacts(Connector, Origin, count, rows.Quarantine.Count, _since, _mark());
                return new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [NewRowsFacts.Key] = JsonSerializer.Serialize(facts, RondoJson.Options),
                };
            }
        );
        return facts!;
    }

    private static NewRows Of(
        string connector,
        string? origin,
        TableSource source,
        string watermark,
        WatermarkValue? since
    )
    {
        var newest = since;
        return new NewRows(
            connector,
            origin,
            () =>
                source.Tap(part =>
                {
                    if (WatermarkValue.Greatest(part, watermark) is { } greatest)
                    {
                        newest = greatest.IsBeyond(newest) ? greatest : newest;
                    }
                }),
            since?.ToJson(),
            () => newest?.ToJson()
        );
    }

    private static JsonElement? Mark(DatasetVersionContent? soFar, string connector) =>
        soFar?.Marks is { } marks && marks.TryGetValue(connector, out var mark) ? mark : null;

    /// <summary>A file's length and time of change, and its digest: who touched a file has not changed it.</summary>
    private sealed record FileStamp(long Length, long Ticks)
    {
        public static FileStamp Of(string path)
        {
            var file = new FileInfo(path);
            return new(file.Length, file.LastWriteTimeUtc.Ticks);
        }

        public string WithDigest(string path) => FormattableString.Invariant($"{Length}:{Ticks}:{Digest(path)}");

        public void RequireSame(string path, string before)
        {
            var parts = before.Split(':');
            if (parts[0] == Text(Length) && (parts[1] == Text(Ticks) || parts[2] == Digest(path)))
            {
                return;
            }
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{Path.GetFileName(path)}' was read before, and has changed since.",
                "Give what is new a file of its own; the rows that were read stay as they are."
            );
        }

        private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

        private static string Digest(string path)
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
    }
}
