namespace Rondo.Kernel.Projects;

/// <summary>The unit of ownership and access; holds everything else.</summary>
public sealed record Project(string Name, DateTimeOffset CreatedAt, string CreatedBy);
