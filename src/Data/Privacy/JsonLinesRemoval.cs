using System.Text;
using System.Text.Json;

namespace Rondo.Data;

/// <summary>Copies JSON lines as they are written, without those that have a value.</summary>
internal sealed class JsonLinesRemoval(ColumnValue value)
{
    private bool _hasColumn;
    private long _rows;
    private long _matches;
    private long _butForCase;
    private long _heldBack;
    private long _heldBackMatches;

    public RemovedRows Run(Stream content, Stream output)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            if (line.Trim().Length == 0 || Keeps(line))
            {
                writer.Write(line);
                writer.Write('\n');
            }
        }

        return new RemovedRows(_hasColumn, _rows, _matches, _butForCase, _heldBack, _heldBackMatches);
    }

    private bool Keeps(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return Keeps(document.RootElement);
            }
        }
        catch (JsonException)
        {
            // Held back when it is read, too.
        }

        _heldBack++;
        var holds = line.Contains(value.Value.Trim(), StringComparison.Ordinal);
        _heldBackMatches += holds ? 1 : 0;
        return !holds;
    }

    private bool Keeps(JsonElement row)
    {
        _rows++;
        foreach (var member in row.EnumerateObject())
        {
            if (!ColumnNames.Comparer.Equals(member.Name, value.Column))
            {
                continue;
            }

            _hasColumn = true;
            var match = member.Value.ValueKind switch
            {
                JsonValueKind.Null => FieldMatch.Other,
                JsonValueKind.String => value.Match(member.Value.GetString()),
                _ => value.Match(member.Value.GetRawText()),
            };
            _matches += match == FieldMatch.Same ? 1 : 0;
            _butForCase += match == FieldMatch.ButForCase ? 1 : 0;
            return match != FieldMatch.Same;
        }

        return true;
    }
}
