namespace Rondo.EndToEnd;

/// <summary>What several servers use together: a PostgreSQL database, and a folder for blobs and repositories.</summary>
internal sealed record SharedState(string Database, string Folder, int LeaseSeconds)
{
    public IReadOnlyList<(string Name, string Value)> Environment => [("RONDO_DATABASE", Database)];

    public string[] Arguments =>
        ["--shared", Folder, "--lease", LeaseSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)];
}
