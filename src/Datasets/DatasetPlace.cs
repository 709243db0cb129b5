namespace Rondo.Datasets;

/// <summary>A dataset of an environment of a project.</summary>
public sealed record DatasetPlace(string Project, string Environment, string Dataset);
