namespace Rondo.Kernel;

/// <summary>Where a server keeps its files. Everything is below one data folder, save the feed of Rondo's own packages.</summary>
public sealed record ServerPaths(string DataFolder, string FeedFolder)
{
    /// <summary>The embedded database.</summary>
    public string DatabaseFile => Path.Combine(DataFolder, "rondo.db");

    /// <summary>Content-addressed blobs.</summary>
    public string BlobsFolder => Path.Combine(DataFolder, "blobs");

    /// <summary>Unpacked packages, by digest.</summary>
    public string PackagesFolder => Path.Combine(DataFolder, "packages");

    /// <summary>Outputs of attempts that are not published yet.</summary>
    public string StagingFolder => Path.Combine(DataFolder, "staging");

    /// <summary>Bare Git repositories, one a project.</summary>
    public string RepositoriesFolder => Path.Combine(DataFolder, "repositories");

    /// <summary>Working folders of builds.</summary>
    public string BuildsFolder => Path.Combine(DataFolder, "builds");
}
