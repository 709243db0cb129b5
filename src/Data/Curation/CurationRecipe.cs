using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>Steps that leave rows out, in order, each with its reason: a small JSON file that a person writes and a repository keeps.</summary>
/// <param name="Name">What the recipe is called, for the record.</param>
/// <param name="Steps">The steps, at most 100.</param>
public sealed record CurationRecipe(
    [property: JsonRequired] string Name,
    [property: JsonRequired] IReadOnlyList<CurationStep> Steps
)
{
    private const int StepsMax = 100;

    private static readonly JsonSerializerOptions s_strict = new(RondoJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowOutOfOrderMetadataProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    private static readonly JsonSerializerOptions s_indented = new(s_strict) { WriteIndented = true };

    /// <summary>The SHA-256 of the recipe, as lower-case hex: comments and layout of its file do not count.</summary>
    [JsonIgnore]
    public string Digest =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, s_strict)));

    /// <summary>Reads a recipe. Comments and trailing commas are allowed.</summary>
    /// <exception cref="RondoException">The file is not there, or a step of it is not what it should be.</exception>
    public static CurationRecipe Read(string path)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no recipe at '{path}'.",
                "docs/guide/data.md says what a recipe looks like."
            );
        }

        return Parse(File.ReadAllText(path), name);
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What the text is, for messages.</param>
    /// <exception cref="RondoException">A step of it is not what it should be; the message names the place.</exception>
    public static CurationRecipe Parse(string json, string name = "recipe")
    {
        try
        {
            var recipe =
                JsonSerializer.Deserialize<CurationRecipe>(json, s_strict)
                ?? throw new JsonException("The file holds null.");
            recipe.Check();
            return recipe;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            var (at, words) = e is JsonException wrong
                ? (FormattableString.Invariant($", line {wrong.LineNumber + 1}"), JsonWords.Of(wrong, "recipe"))
                : ("", "A step does not say which it is ('step').");
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{name}{at}: {words}",
                "Correct the line; docs/guide/data.md lists the steps and what they say.",
                e
            );
        }
        catch (RondoException e)
        {
            throw new RondoException(e.Code, $"{name}: {e.What}", e.Mend, e);
        }
    }

    /// <summary>The recipe as the text of a file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_indented);

    /// <summary>The rows that stay, and the record of it.</summary>
    /// <exception cref="RondoException">A step cannot be taken; the message names the step, the column and what to do.</exception>
    public CuratedTable Apply(Table table)
    {
        var source = Apply(TableSource.Of(table));
        var parts = source.Read().ToList();
        return new CuratedTable(parts.Count == 0 ? table : Table.Concat(parts), source.Record);
    }

    /// <summary>
    /// The rows that stay, part by part. The rows are read once, and once more for each step that must see all rows before it knows which
    /// stay (<see cref="KeepDistinct"/> with a key, <see cref="KeepCapped"/>): these remember a few numbers of each key or group.
    /// </summary>
    /// <exception cref="RondoException">The recipe itself is not what it should be.</exception>
    public CuratedSource Apply(TableSource source)
    {
        Check();
        return new CuratedSource(this, source);
    }

    internal static RondoException Wrong(int step, CurationStep? of, string what) =>
        new(
            ErrorCode.InvalidArgument,
            FormattableString.Invariant($"step {step + 1}{(of is null ? "" : $" ({of.Words})")}: {what}."),
            "Correct the recipe."
        );

    private void Check()
    {
        if (Steps.Count > StepsMax)
        {
            throw Wrong(StepsMax, null, "there are more than 100 steps");
        }

        foreach (var (i, step) in Steps.Index())
        {
            if (string.IsNullOrWhiteSpace(step?.Reason))
            {
                throw Wrong(i, step, "it gives no reason, and whoever reads the record wants one");
            }

            if (step.Fault is { } fault)
            {
                throw Wrong(i, step, fault);
            }
        }
    }
}

/// <summary>The rows that stayed, and the record of it.</summary>
public sealed record CuratedTable(Table Table, CurationRecord Record);
