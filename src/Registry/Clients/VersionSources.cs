using System.Globalization;
using System.Text.RegularExpressions;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking;

namespace Rondo.Registry.Clients;

/// <summary>
/// Where the files of a version are that names a source. A source on the server's own disk must belong to the run that it names: else a client
/// could read any file there by registering it.
/// </summary>
internal sealed partial class VersionSources(Database database, ModelRegistry registry, ArtifactRoots roots)
{
    private const int DecodingsMax = 4;

    /// <summary>The place of the files, once and for all: what a name means today is resolved today.</summary>
    public async Task<string> StorageOfAsync(NewRegisteredVersion asked)
    {
        var source = asked.Source;
        if (source.StartsWith("models:", StringComparison.OrdinalIgnoreCase))
        {
            return await OfModelAsync(source);
        }

        RequirePlain(source);
        if (RunPattern().Match(source) is { Success: true } ofRun)
        {
            // A run that this server does not have may be one of another.
            return await roots.OfRunAsync(ofRun.Groups["run"].Value) is { } root
                ? $"{root.TrimEnd('/')}/{ofRun.Groups["path"].Value}"
                : source;
        }

        if (TransferAddress.IsLocal(source) && !IsBelow(source, await RootOfAsync(asked)))
        {
            throw Refusal.Invalid(
                $"Invalid model version source: '{source}'. A path of this server can be a source only below the artifacts of a run that "
                    + "run_id names, or of a logged model that model_id names."
            );
        }

        return source;
    }

    /// <summary>The registered model that a source names; null where it names none.</summary>
    public Task<RegisteredModel?> ModelOfAsync(string source)
    {
        var match = VersionPattern().Match(source) is { Success: true } versioned
            ? versioned
            : AliasPattern().Match(source);
        return match.Success && !LoggedModelPattern().IsMatch(source)
            ? database.ReadAsync<RegisteredModel?>(async session =>
                await RegistryReader.RequireAsync(session, match.Groups["name"].Value)
            )
            : Task.FromResult<RegisteredModel?>(null);
    }

    /// <summary>The logged model that a source names; null where it names none.</summary>
    public static string? LoggedModelOf(string source) =>
        LoggedModelPattern().Match(source) is { Success: true } logged ? logged.Groups["id"].Value : null;

    /// <summary>The version that a source names by its number; null where it names none.</summary>
    public static (string Name, long Number)? VersionOf(string source) =>
        VersionPattern().Match(source) is { Success: true } versioned
        && long.TryParse(versioned.Groups["version"].Value, CultureInfo.InvariantCulture, out var number)
            ? (versioned.Groups["name"].Value, number)
            : null;

    /// <summary>Refuses what leads elsewhere, as it stands and as every decoding of it would read: no store in between can make another of it.</summary>
    public static void RequirePlain(string source)
    {
        var name = source;
        for (var i = 0; i < DecodingsMax; i++)
        {
            if (
                name.Contains('\0', StringComparison.Ordinal)
                || name.Split('/', '\\').Contains("..", StringComparer.Ordinal)
            )
            {
                throw Refusal.Invalid(
                    $"Invalid model version source: '{source}'. A source has no '..' and no character U+0000 in it, however they are written."
                );
            }

            name = Uri.UnescapeDataString(name);
        }
    }

    private async Task<string> OfModelAsync(string source)
    {
        if (LoggedModelPattern().Match(source) is { Success: true } logged)
        {
            var id = logged.Groups["id"].Value;
            return await roots.OfModelAsync(id) ?? throw Refusal.Missing($"Logged model with ID '{id}' not found");
        }

        if (VersionPattern().Match(source) is { Success: true } versioned)
        {
            return await OfVersionAsync(
                versioned.Groups["name"].Value,
                (_, _) => ValueTask.FromResult<long?>(Number(versioned.Groups["version"].Value))
            );
        }

        if (AliasPattern().Match(source) is { Success: true } aliased)
        {
            return await OfVersionAsync(
                aliased.Groups["name"].Value,
                (session, key) => registry.ResolveAliasAsync(session, key, aliased.Groups["alias"].Value)
            );
        }

        throw Refusal.Invalid(
            $"Invalid model version source: '{source}'. Write models:/NAME/VERSION, models:/NAME@ALIAS or models:/MODEL_ID."
        );
    }

    private Task<string> OfVersionAsync(string name, Func<Session, ModelKey, ValueTask<long?>> number) =>
        database.ReadAsync(async session =>
        {
            var model = await RegistryReader.RequireAsync(session, name);
            var version =
                await number(session, model.Key)
                ?? throw Refusal.Missing($"Registered Model (name={name}) has no such version.");
            return (await RegistryReader.RequireAsync(session, model.Key, name, version)).Storage;
        });

    private async Task<string?> RootOfAsync(NewRegisteredVersion asked) =>
        asked.RunId is { } run && await roots.OfRunAsync(run) is { } ofRun ? ofRun
        : asked.LoggedModel is { } model ? await roots.OfModelAsync(model)
        : null;

    private static bool IsBelow(string source, string? root)
    {
        if (root is null || !TransferAddress.IsLocal(root))
        {
            return false;
        }

        var (below, folder) = (PathOf(source), PathOf(root));
        return below == folder || below.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    private static string PathOf(string source)
    {
        var path = source.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(new Uri(source).LocalPath)
            : source;
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    private static long Number(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Refusal.Invalid($"Model version must be an integer, got '{text}'");

    [GeneratedRegex(
        "^runs:/+(?<run>[^/]+)/+(?<path>.+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex RunPattern();

    [GeneratedRegex(
        "^models:/+(?<id>m-[0-9a-f]{32})/?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex LoggedModelPattern();

    [GeneratedRegex(
        "^models:/+(?<name>[^/]+)/(?<version>[0-9]+)/?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex VersionPattern();

    [GeneratedRegex(
        "^models:/+(?<name>[^/]+)@(?<alias>[^/@]+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex AliasPattern();
}
