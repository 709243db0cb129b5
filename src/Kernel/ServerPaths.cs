namespace Rondo.Kernel;

/// <summary>
/// Where a server keeps its files. Everything is below one data folder, save the feed of Rondo's own packages, and what servers
/// on one database share.
/// </summary>
public sealed record ServerPaths(string DataFolder, string FeedFolder)
{
    /// <summary>What all servers on one database use together; the data folder, where there is one server.</summary>
    public string SharedFolder { get; init; } = DataFolder;

    /// <summary>The embedded database.</summary>
    public string DatabaseFile => Path.Combine(DataFolder, "rondo.db");

    /// <summary>Content-addressed blobs.</summary>
    public string BlobsFolder => Path.Combine(SharedFolder, "blobs");

    /// <summary>Files of the models that this server has loaded.</summary>
    public string ModelsFolder => Path.Combine(DataFolder, "staging", "models");

    /// <summary>Unpacked packages, by digest.</summary>
    public string PackagesFolder => Path.Combine(DataFolder, "packages");

    /// <summary>Outputs of attempts that are not published yet: beside the blobs, so that publishing one is a rename.</summary>
    public string StagingFolder => Path.Combine(SharedFolder, "staging");

    /// <summary>Bare Git repositories, one a project.</summary>
    public string RepositoriesFolder => Path.Combine(SharedFolder, "repositories");

    /// <summary>What builds have said.</summary>
    public string BuildLogsFolder => Path.Combine(SharedFolder, "builds");

    /// <summary>Working folders of builds.</summary>
    public string BuildsFolder => Path.Combine(DataFolder, "builds");
}
