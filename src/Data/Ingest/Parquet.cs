using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace Rondo.Data;

/// <summary>
/// Parquet files. Equal tables give equal bytes: columns in their order, one row group, Zstandard, nothing about the time, the
/// place or the machine.
/// </summary>
public static class Parquet
{
    private const string PartsKey = "rondo.parts";

    /// <summary>Writes a table.</summary>
    public static void Write(Table table, Stream stream) => ParquetColumns.Write(table, stream, metadata: []);

    /// <summary>Writes what was read, with the parts and the quarantine in the file's key-value metadata.</summary>
    public static void Write(RawTable raw, Stream stream)
    {
        var facts = JsonSerializer.Serialize(new RawFacts(raw.Parts, raw.Quarantine), RondoJson.Options);
        ParquetColumns.Write(
            raw.Table,
            stream,
            new Dictionary<string, string>(StringComparer.Ordinal) { [PartsKey] = facts }
        );
    }

    /// <summary>
    /// Writes rows that come part by part, and need not fit into memory: a row group for each part. <paramref name="facts"/> is asked after
    /// the last one, and goes into the file's key-value metadata.
    /// </summary>
    public static void Write(
        TableSource rows,
        Stream stream,
        Func<IReadOnlyDictionary<string, string>>? facts = null
    ) =>
        ParquetColumns.Write(
            rows.Read(),
            stream,
            () =>
                new Dictionary<string, string>(
                    facts?.Invoke() ?? new Dictionary<string, string>(StringComparer.Ordinal),
                    StringComparer.Ordinal
                )
        );

    /// <summary>The key-value metadata of a file; its rows are not read. Needs a stream that can seek.</summary>
    /// <exception cref="RondoException">Not a Parquet file.</exception>
    public static IReadOnlyDictionary<string, string> ReadFacts(Stream stream) =>
        ParquetColumns.Guarded(async () =>
        {
            await using var reader = await ParquetColumns.OpenAsync(stream);
            return (IReadOnlyDictionary<string, string>)(reader.CustomMetadata ?? []);
        });

    /// <summary>Reads a table; also of other writers, as far as its columns are plain values. Needs a stream that can seek.</summary>
    /// <exception cref="RondoException">Not a Parquet file, or a column that holds lists, maps or binary values.</exception>
    public static Table Read(Stream stream) => ParquetColumns.Read(stream).Table;

    /// <summary>Reads what <see cref="Write(RawTable, Stream)"/> wrote; any other Parquet file is one part.</summary>
    public static RawTable ReadRaw(Stream stream, string name = "table")
    {
        var (table, metadata) = ParquetColumns.Read(stream);
        return
            metadata.TryGetValue(PartsKey, out var json)
            && JsonSerializer.Deserialize<RawFacts>(json, RondoJson.Options) is { } facts
            ? new RawTable(table, facts.Parts, facts.Quarantine)
            : RawTable.Of(table, name);
    }

    private sealed record RawFacts(IReadOnlyList<TablePart> Parts, Quarantine Quarantine);
}
