using System.IO.Compression;

namespace Rondo.Data;

/// <summary>What of a file has a value, or had it.</summary>
/// <param name="HasColumn">Whether the file has the column.</param>
/// <param name="Rows">How many rows it has, or had.</param>
/// <param name="Matches">How many of them have the value.</param>
/// <param name="ButForCase">How many more would have it if the case of letters did not count; they are left alone.</param>
/// <param name="HeldBack">How many lines cannot be read as rows.</param>
/// <param name="HeldBackMatches">How many of these have the value somewhere; they are removed, too.</param>
public sealed record RemovedRows(
    bool HasColumn,
    long Rows,
    long Matches,
    long ButForCase,
    long HeldBack,
    long HeldBackMatches
)
{
    /// <summary>Whether anything is, or was, to be removed.</summary>
    public bool Any => Matches + HeldBackMatches > 0;
}

/// <summary>
/// Removes the rows that have a value from a file, and leaves every other line of a text file as it was (a mark of
/// its encoding may go; of a file that no row is left of, the header alone may stay). Part by part: what is in memory does not grow with a text file.
/// </summary>
public static class RowRemoval
{
    /// <summary>The rows that a copy would leave out.</summary>
    /// <param name="name">The file's name, by whose ending it is read: <c>.csv</c>, <c>.tsv</c>, <c>.jsonl</c>, <c>.ndjson</c> (each also with <c>.gz</c>), or <c>.parquet</c>.</param>
    /// <param name="content">Its bytes; Parquet needs a stream that can seek.</param>
    /// <param name="value">What the rows have.</param>
    /// <exception cref="RondoException">The file is of another kind, or cannot be read; the message names it.</exception>
    public static RemovedRows Count(string name, Stream content, ColumnValue value) =>
        Run(name, content, Stream.Null, value, headerOnly: false);

    /// <summary>Copies a file without these rows.</summary>
    /// <inheritdoc cref="Count"/>
    /// <param name="name">The file's name.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="output">Gets the bytes of the copy.</param>
    /// <param name="value">What the rows have.</param>
    /// <param name="headerOnly">Whether nothing but the header is to stay, as where <see cref="Count"/> says that all rows go.</param>
    public static RemovedRows Copy(
        string name,
        Stream content,
        Stream output,
        ColumnValue value,
        bool headerOnly = false
    ) => Run(name, content, output, value, headerOnly);

    private static RemovedRows Run(string name, Stream content, Stream output, ColumnValue value, bool headerOnly)
    {
        value.Checked();
        var bare = name;
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            bare = name[..^3];
            content = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
            output = output == Stream.Null ? output : new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true);
        }

        var removed = Path.GetExtension(bare).ToLowerInvariant() switch
        {
            ".csv" => new CsvRemoval(name, ",", value).Run(content, output, headerOnly),
            ".tsv" => new CsvRemoval(name, "\t", value).Run(content, output, headerOnly),
            ".jsonl" or ".ndjson" => new JsonLinesRemoval(value).Run(content, output),
            ".parquet" => OfParquet(content, output, value),
            _ => throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Rows cannot be removed from '{name}': files of this kind are not written.",
                "Push the rows that are to stay as CSV, JSON lines or Parquet under another name, and delete the versions that hold this file."
            ),
        };
        if (output is GZipStream packed)
        {
            packed.Dispose();
        }

        return removed;
    }

    private static RemovedRows OfParquet(Stream content, Stream output, ColumnValue value)
    {
        var table = Parquet.Read(content);
        if (!table.TryGet(value.Column, out var column))
        {
            Write(table);
            return new RemovedRows(false, table.RowCount, 0, 0, 0, 0);
        }

        var matches = Enumerable
            .Range(0, table.RowCount)
            .Select(row => column.IsMissing(row) ? FieldMatch.Other : value.Match(TableConcat.TextOf(column[row])))
            .ToList();
        Write(table.Select([.. Enumerable.Range(0, table.RowCount).Where(row => matches[row] != FieldMatch.Same)]));
        return new RemovedRows(
            true,
            table.RowCount,
            matches.Count(m => m == FieldMatch.Same),
            matches.Count(m => m == FieldMatch.ButForCase),
            0,
            0
        );

        void Write(Table rows)
        {
            if (output != Stream.Null)
            {
                Parquet.Write(rows, output);
            }
        }
    }
}
