namespace Rondo.EndToEnd;

/// <summary>What several servers use together: a PostgreSQL database, and a folder for blobs and repositories.</summary>
internal sealed record SharedState(string Database, string Folder, int LeaseSeconds)
{
    /// <summary>How many steps each server runs at once, on any machine.</summary>
    public const int Attempts = 2;

    public IReadOnlyList<(string Name, string Value)> Environment =>
        [("RONDO_DATABASE", Database), ("RONDO_ATTEMPTS", $"{Attempts}")];

    public string[] Arguments =>
        ["--shared", Folder, "--lease", LeaseSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)];
}
