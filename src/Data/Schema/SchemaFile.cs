using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rondo.Data;

/// <summary>
/// A schema as a small JSON file that a person reads and edits: a line for each column, and only what differs from the usual. Comments and
/// trailing commas are allowed; whoever writes the file anew does not keep them.
/// </summary>
public static class SchemaFile
{
    private static readonly JsonSerializerOptions s_strict = new(RondoJson.Options)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault,
    };

    /// <summary>Reads a schema.</summary>
    /// <exception cref="RondoException">The file is not there, or a line of it is not what it should be.</exception>
    public static TableSchema Read(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var stream = System.IO.File.OpenRead(path);
            var document =
                JsonSerializer.Deserialize<SchemaDocument>(stream, s_strict)
                ?? throw new JsonException("The file holds null.");
            return document.ToSchema() with { File = name };
        }
        catch (FileNotFoundException e)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no schema at '{path}'.",
                $"Make one from data: rondo schema infer FILE --schema {path}.",
                e
            );
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{name}, line {e.LineNumber + 1}: {JsonWords.Of(e, "schema")}",
                "Correct the line; docs/guide/data.md lists what a schema may say.",
                e
            );
        }
        catch (RondoException e)
        {
            throw new RondoException(e.Code, $"{name}: {e.What}", e.Mend, e);
        }
    }

    /// <summary>Writes a schema, in the place of what was there.</summary>
    public static void Write(TableSchema schema, string path)
    {
        var draft = path + ".new";
        System.IO.File.WriteAllText(draft, Text(schema));
        System.IO.File.Move(draft, path, overwrite: true);
    }

    /// <summary>The text of the file.</summary>
    public static string Text(TableSchema schema)
    {
        var document = SchemaDocument.Of(schema);
        var text = new StringBuilder("{\n");
        text.Append("  \"name\": ").Append(Json(document.Name)).Append(",\n");
        Append(text, "columns", document.Columns.Select(column => (column.Key, Json(column.Value))));
        text.Append(document.ExtraColumns ? ",\n  \"extraColumns\": true" : "");
        text.Append(document.EventTime is null ? "" : ",\n  \"eventTime\": " + Json(document.EventTime));
        if (document.Forbidden is { Count: > 0 } forbidden)
        {
            Append(text.Append(",\n"), "forbidden", forbidden.Select(f => (f.Key, Json(f.Value))));
        }

        Append(text, "rules", document.Rules);
        Append(text, "shares", document.Shares);
        return text.Append("\n}\n").ToString();
    }

    private static void Append(StringBuilder text, string name, IEnumerable<(string Key, string Value)> members)
    {
        var lines = members.Select(member => $"    {Json(member.Key)}: {member.Value}");
        text.Append("  \"").Append(name).Append("\": {\n").AppendJoin(",\n", lines).Append("\n  }");
    }

    private static void Append<T>(StringBuilder text, string name, IReadOnlyList<T>? items)
    {
        if (items is { Count: > 0 })
        {
            var lines = items.Select(item => "    " + Json(item));
            text.Append(",\n  \"").Append(name).Append("\": [\n").AppendJoin(",\n", lines).Append("\n  ]");
        }
    }

    // One line, with a blank after each comma and colon that stands between members.
    private static string Json<T>(T value)
    {
        var node = JsonSerializer.SerializeToNode(value, s_strict);
        return Spaced(node);
    }

    private static string Spaced(JsonNode? node) =>
        node switch
        {
            JsonObject members => "{ "
                + string.Join(", ", members.Select(m => $"{Quoted(m.Key)}: {Spaced(m.Value)}"))
                + " }",
            JsonArray items => "[" + string.Join(", ", items.Select(Spaced)) + "]",
            _ => node?.ToJsonString(RondoJson.Options) ?? "null",
        };

    private static string Quoted(string name) => JsonSerializer.Serialize(name, RondoJson.Options);
}
