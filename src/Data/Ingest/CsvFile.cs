using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Rondo.Data;

/// <summary>The fields of one file by column, as places in its text, and the line on which each row begins.</summary>
internal sealed class CsvFile
{
    private const int ColumnsMax = 10_000;

    private readonly string text;
    private readonly Dictionary<string, int> positions;

    private CsvFile(string name, string text, IReadOnlyList<string> header)
    {
        Name = name;
        this.text = text;
        Header = header;
        positions = header.Index().ToDictionary(c => c.Item, c => c.Index, ColumnNames.Comparer);
        Fields = header.Select(_ => new CsvFields(text)).ToArray();
    }

    public string Name { get; }

    public IReadOnlyList<string> Header { get; }

    /// <summary>By column.</summary>
    public IReadOnlyList<CsvFields> Fields { get; }

    /// <summary>By row, 1-based.</summary>
    public List<int> Lines { get; } = [];

    public static CsvFile Read(string name, Stream content, CsvOptions options, QuarantineBuilder quarantine)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        var all = reader.ReadToEnd();
        var records = new CsvRecords(all, options.Delimiter);
        if (!records.Read())
        {
            return new CsvFile(name, all, []);
        }

        var file = new CsvFile(name, all, HeaderOf(name, all, records));
        // Looking for what cannot be decoded in each field costs time, and nearly no file has any.
        var undecoded = all.Contains('\uFFFD', StringComparison.Ordinal);
        while (records.Read())
        {
            if (file.Fault(records, undecoded) is { } fault)
            {
                quarantine.Add(name, records.Line, fault, records.GiveBackAllButFirstLine());
                continue;
            }

            file.Lines.Add(records.Line);
            for (var i = 0; i < file.Fields.Count; i++)
            {
                file.Fields[i].Add(records.Fields[i]);
            }
        }

        return file;
    }

    /// <summary>The position of a column, or −1.</summary>
    public int PositionOf(string column) => positions.GetValueOrDefault(column, -1);

    /// <summary>The text of a row, for the quarantine.</summary>
    public string TextOf(int row)
    {
        var start = Fields[0].PlaceOf(row).Start;
        var end = Fields[^1].PlaceOf(row).End;
        return text[start..end];
    }

    private string? Fault(CsvRecords records, bool undecoded)
    {
        if (records.Fault is not null)
        {
            return records.Fault;
        }

        if (records.Fields.Count != Header.Count)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{records.Fields.Count} fields, but the header has {Header.Count}"
            );
        }

        return undecoded && text.AsSpan(records.Fields[0].Start..records.Fields[^1].End).Contains('\uFFFD')
            ? "bytes that are not UTF-8"
            : null;
    }

    private static string[] HeaderOf(string name, string text, CsvRecords records)
    {
        if (records.Fault is not null)
        {
            throw Invalid($"{name}: the header cannot be read: {records.Fault}.", "Correct line 1.");
        }

        if (records.Fields.Count > ColumnsMax)
        {
            throw Invalid(
                $"{name}: the header has {records.Fields.Count} columns; at most {ColumnsMax} are read.",
                "Split the file, or check its delimiter."
            );
        }

        var seen = new HashSet<string>(ColumnNames.Comparer);
        var fields = CollectionsMarshal.AsSpan(records.Fields);
        var header = new string[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            header[i] = fields[i].Text(text).Trim().ToString() is { Length: > 0 } field
                ? field
                : string.Create(CultureInfo.InvariantCulture, $"column{i + 1}");
            if (!seen.Add(header[i]))
            {
                throw Invalid(
                    $"{name}: the header names column '{header[i]}' twice (case and underscores do not count).",
                    "Rename or drop one of the two columns."
                );
            }
        }

        return header;
    }

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
