using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Delivery.Builds;

/// <summary><c>rondo.json</c> at the root of a repository: what cannot be told from its projects. All of it may be left out.</summary>
internal sealed record ProjectSettings
{
    public const string FileName = "rondo.json";
    public const string Manual = "manual";
    public const string Automatic = "automatic";

    private const int BytesMax = 64 * 1024;

    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The csproj that is released, relative to the root.</summary>
    public string? Project { get; init; }

    /// <summary>Whether what works in test goes on to production by itself.</summary>
    public string Promotion { get; init; } = Manual;

    public static async Task<ProjectSettings> ReadAsync(string source)
    {
        var file = new FileInfo(Path.Combine(source, FileName));
        if (!file.Exists)
        {
            return new ProjectSettings();
        }

        if (file.Length > BytesMax)
        {
            throw new BuildFault($"{FileName} has more than {BytesMax} bytes.");
        }

        ProjectSettings settings;
        try
        {
            await using var stream = file.OpenRead();
            settings =
                await JsonSerializer.DeserializeAsync<ProjectSettings>(stream, s_strict) ?? new ProjectSettings();
        }
        catch (JsonException e)
        {
            throw new BuildFault(
                $"{FileName}, line {e.LineNumber + 1}: {e.Message} It may have \"project\" and \"promotion\"."
            );
        }

        return settings.Promotion is Manual or Automatic
            ? settings
            : throw new BuildFault(
                $"{FileName}: promotion is '{settings.Promotion}'; it is \"{Manual}\" or \"{Automatic}\"."
            );
    }
}
