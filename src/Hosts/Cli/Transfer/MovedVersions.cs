using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>
/// The addresses of model versions: those that led into the files of a run or logged model lead to the same files where these have come to.
/// </summary>
internal sealed class MovedVersions(IReadOnlyDictionary<string, string> roots, MlflowFiles files)
{
    private const string ModelScheme = "models:/";
    private const string RunScheme = "runs:/";

    /// <summary>The logged model that a source names.</summary>
    public static string? LoggedModelOf(string source) =>
        source.StartsWith(ModelScheme + "m-", StringComparison.Ordinal) && source.IndexOf('/', ModelScheme.Length) < 0
            ? source[ModelScheme.Length..]
            : null;

    /// <summary>Whether a version was made from what is brought.</summary>
    public bool IsOfRoots(ModelVersionRecord version) =>
        (version.RunId is { } run && roots.ContainsKey(run))
        || (RunOf(version.Source) is { } named && roots.ContainsKey(named.Run))
        || (version.LoggedModel is { } model && roots.ContainsKey(model));

    /// <summary>The version with its addresses as they are here. One that was deleted stays as it was.</summary>
    public ModelVersionRecord Move(ModelVersionRecord version, TransferPlaces places)
    {
        if (version.Deleted)
        {
            return version;
        }

        var storage =
            version.Storage.Length > 0 ? version.Storage
            : version.LoggedModel is { } model ? roots.GetValueOrDefault(model, "")
            : version.Source;
        return version with
        {
            Source = Moved(version, version.Source, places, told: false),
            Storage = Moved(version, storage, places, told: true),
        };
    }

    private string Moved(ModelVersionRecord version, string address, TransferPlaces places, bool told)
    {
        // A source of this kind is kept as it was written; the files are those of the run.
        if (told && RunOf(address) is { } named)
        {
            if (places.Of(named.Run) is not { } ofRun || !roots.TryGetValue(named.Run, out var ofRoot))
            {
                return address;
            }

            if (!TransferAddress.IsElsewhere(ofRoot))
            {
                Expect(version, ofRoot.TrimEnd('/') + named.Below, (named.Run, ofRoot), places);
            }

            return ofRun + named.Below;
        }

        if (TransferAddress.IsElsewhere(address))
        {
            return address;
        }

        foreach (var owner in OwnersOf(version, address))
        {
            if (
                roots.TryGetValue(owner, out var root)
                && places.Of(owner) is { } place
                && Rest(Path(address), Path(root)) is { } rest
            )
            {
                if (told)
                {
                    Expect(version, address, (owner, root), places);
                }

                return place + rest;
            }
        }

        return address;
    }

    private void Expect(
        ModelVersionRecord version,
        string address,
        (string Id, string Root) owner,
        TransferPlaces places
    )
    {
        if ((files.HasFolder || TransferAddress.IsLocal(owner.Root)) && files.Find(address, owner.Id) is null)
        {
            places.Refuse(version.Kind, version.Label, $"Its files are not where they should be: {address}.");
        }
    }

    // Its run, its logged model, or whoever's id stands in the address.
    private static IEnumerable<string> OwnersOf(ModelVersionRecord version, string address) =>
        new[] { version.RunId, version.LoggedModel }.OfType<string>().Concat(address.Split('/', '\\').Reverse());

    private static string? Rest(string address, string root) =>
        address == root ? ""
        : address.StartsWith(root + "/", StringComparison.Ordinal) ? address[root.Length..]
        : null;

    // The ways to write one path: file:///a, file:/a and /a; of Windows file:///C:/a, C:/a and C:\a.
    private static string Path(string address)
    {
        var path = address.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? "/" + Uri.UnescapeDataString(address[5..]).TrimStart('/')
            : address;
        var bare = path.StartsWith('/') && IsOfWindows(path[1..]) ? path[1..] : path;
        return (IsOfWindows(bare) ? bare.Replace('\\', '/') : bare).TrimEnd('/');
    }

    private static bool IsOfWindows(string path) =>
        path.StartsWith(@"\\", StringComparison.Ordinal)
        || (path.Length > 2 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] is '\\' or '/');

    private static (string Run, string Below)? RunOf(string address)
    {
        if (!address.StartsWith(RunScheme, StringComparison.Ordinal))
        {
            return null;
        }

        var path = address[RunScheme.Length..].Trim('/');
        var at = path.IndexOf('/', StringComparison.Ordinal);
        return at < 0 ? (path, "") : (path[..at], path[at..]);
    }
}
