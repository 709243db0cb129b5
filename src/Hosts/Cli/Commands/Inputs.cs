using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Commands;

/// <summary>Turns what a person writes (one object of values by name) into the tensors of the Open Inference Protocol.</summary>
internal static class Inputs
{
    public static Dictionary<string, JsonElement> Read(string? file, IReadOnlyList<string> pairs)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (file is not null)
        {
            foreach (var property in Parse(file).EnumerateObject())
            {
                values[property.Name] = property.Value;
            }
        }

        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{pair}' sets no input.",
                    "Write --set name=value."
                );
            }

            values[pair[..equals]] = JsonReading.Scalar(pair[(equals + 1)..]);
        }

        return values.Count > 0
            ? values
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                "There is nothing to predict from.",
                "Give --input FILE with a JSON object, or --set name=value."
            );
    }

    /// <summary>One row of tensors, with the types that the model's signature states.</summary>
    public static List<object> ToTensors(Dictionary<string, JsonElement> values, JsonElement signature)
    {
        var types = (signature.At("inputs")?.EnumerateArray() ?? default).ToDictionary(
            input => input.Text("name")!,
            input => input.Text("datatype")!,
            StringComparer.Ordinal
        );
        var unknown = values.Keys.Where(name => !types.ContainsKey(name)).ToList();
        return unknown.Count > 0
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The model has no input '{unknown[0]}'.",
                "Its inputs are: " + string.Join(", ", types.Keys) + "."
            )
            :
            [
                .. values.Select(value =>
                    (object)
                        new
                        {
                            name = value.Key,
                            datatype = types[value.Key],
                            shape = (int[])[1],
                            data = (JsonElement[])[value.Value],
                        }
                ),
            ];
    }

    internal static JsonElement Parse(string file)
    {
        var name = file == "-" ? "The standard input" : file;
        try
        {
            var text = file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file);
            var root = JsonDocument.Parse(text).RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"{name} holds no JSON object.",
                    """Write it as {"name": value, ...}."""
                );
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{name} is not JSON; the mistake is at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.",
                """Write it as {"name": value, ...}.""",
                e
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var code = File.Exists(file) || Directory.Exists(file) ? ErrorCode.PermissionDenied : ErrorCode.NotFound;
            throw new RondoException(code, $"{file} cannot be read: {e.Message}", null, e);
        }
    }
}
