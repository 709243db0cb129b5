using System.Globalization;
using System.Text.Json;

namespace Rondo.Data;

/// <summary>
/// A file of JSON lines: each line an object, its members the columns. Read twice: first for the names and types, then for the rows. A text
/// is a date or a timestamp where all texts of its column are; it is never a number. What is nested stays as its JSON text.
/// </summary>
internal sealed class JsonLinesSource(string name, Func<Stream> open, CsvOptions options) : TableSource(name)
{
    private const int RowsPerPart = 65_536;

    private QuarantineBuilder _quarantine = new();

    public override Quarantine Quarantine => _quarantine.Build();

    public override IEnumerable<Table> Read()
    {
        _quarantine = new QuarantineBuilder();
        var types = Types();
        var rows = new List<IReadOnlyDictionary<string, JsonElement>>(RowsPerPart);
        foreach (var line in Lines(_quarantine))
        {
            rows.Add(line);
            if (rows.Count == RowsPerPart)
            {
                yield return ToTable(types, rows);
                rows.Clear();
            }
        }

        if (rows.Count > 0)
        {
            yield return ToTable(types, rows);
        }
    }

    private List<(string Name, ColumnType Type)> Types()
    {
        var names = new List<string>();
        var types = new Dictionary<string, ColumnType?>(ColumnNames.Comparer);
        foreach (var (name, value) in Lines(new QuarantineBuilder()).SelectMany(line => line))
        {
            if (!types.TryGetValue(name, out var known))
            {
                names.Add(name);
                types[name] = known = null;
            }

            if (known != ColumnType.Text && JsonCells.TypeOf(value) is { } type)
            {
                types[name] = known is { } before ? TableConcat.Common(before, type) : type;
            }
        }

        return
        [
            .. names.Select(name =>
                (
                    name,
                    options.Schema?.Find(name)?.Type is { } wanted && Allows(types[name], wanted)
                        ? wanted
                        : types[name] ?? ColumnType.Text
                )
            ),
        ];
    }

    private static bool Allows(ColumnType? found, ColumnType wanted) =>
        found is null || TableConcat.Common(found.Value, wanted) == wanted;

    private IEnumerable<IReadOnlyDictionary<string, JsonElement>> Lines(QuarantineBuilder quarantine)
    {
        using var stream = open();
        using var reader = new LineReader(stream);
        while (reader.Read())
        {
            if (reader.Text is null)
            {
                quarantine.Add(Name, reader.Line, reader.Fault, reader.Beginning);
            }
            else if (reader.Text.AsSpan().IsWhiteSpace())
            {
                continue;
            }
            else if (Parse(reader.Text, out var row) is { } fault)
            {
                quarantine.Add(Name, reader.Line, fault, reader.Text);
            }
            else
            {
                yield return row;
            }
        }
    }

    private static string? Parse(string text, out IReadOnlyDictionary<string, JsonElement> row)
    {
        var members = new Dictionary<string, JsonElement>(ColumnNames.Comparer);
        row = members;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return "not a JSON object";
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!members.TryAdd(member.Name, member.Value.Clone()))
                {
                    return $"member '{member.Name}' stands there twice";
                }
            }

            return members.Count == 0 ? "an object without members" : null;
        }
        catch (JsonException e)
        {
            return string.Create(CultureInfo.InvariantCulture, $"not JSON from byte {e.BytePositionInLine} on");
        }
    }

    private static Table ToTable(
        IReadOnlyList<(string Name, ColumnType Type)> types,
        IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> rows
    ) =>
        new([
            .. types.Select(column =>
                JsonCells.ToColumn(
                    column.Name,
                    column.Type,
                    [.. rows.Select(row => row.TryGetValue(column.Name, out var value) ? value : default)]
                )
            ),
        ]);
}
