using System.Text.RegularExpressions;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Artifacts;

/// <summary>The addresses of files that this server keeps.</summary>
internal static partial class ArtifactAddress
{
    private const string Start = "mlflow-artifacts:/";

    /// <summary>The path in the folder of artifacts that an address means; files at other places are not read by this server.</summary>
    public static string PathOf(string uri)
    {
        if (!uri.StartsWith(Start, StringComparison.OrdinalIgnoreCase))
        {
            throw Elsewhere(uri);
        }

        var path = uri[Start.Length..];
        if (path.StartsWith('/'))
        {
            // Two slashes begin the name of a server; where that is empty, it is this one.
            path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : throw Elsewhere(uri);
        }

        return Uri.UnescapeDataString(path);
    }

    /// <summary>The path that an address means behind the artifact proxy of any server, decoded; null where the files stand behind none.</summary>
    public static string? PathBehindProxy(string uri) =>
        TransferAddress.PathBehindProxy(uri) is { } path ? Uri.UnescapeDataString(path).TrimEnd('/') : null;

    /// <summary>The run that an address names whose files it means (<c>runs:/ID/path</c>); null where it names none.</summary>
    public static string? RunOf(string uri) =>
        RunPattern().Match(uri) is { Success: true } match ? Uri.UnescapeDataString(match.Groups["run"].Value) : null;

    private static Refusal Elsewhere(string uri) =>
        Refusal.Invalid(
            $"The files are at {Names.Json(uri)}, where this server does not read. Ask that place for them; "
                + "this server has those of experiments whose artifact_location begins with 'mlflow-artifacts:/'."
        );

    [GeneratedRegex(
        "^runs:(//[^/]+)?/+(?<run>[^/]+)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex RunPattern();
}
