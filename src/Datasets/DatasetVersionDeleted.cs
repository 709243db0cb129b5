namespace Rondo.Datasets;

/// <summary>Data of event <c>dataset.version.deleted</c>; the subject is the version's id.</summary>
public sealed record DatasetVersionDeleted(string Dataset, string Environment, long Version)
{
    public const string Type = "dataset.version.deleted";
}

/// <summary>What came of deleting a version.</summary>
public sealed record DeletedDatasetVersion(string Id, DateTimeOffset DeletedAt, string DeletedBy);
