using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>One place where something is used that a cache key does not cover.</summary>
/// <param name="Rule">Which rule it breaks.</param>
/// <param name="What">What is used, for people.</param>
/// <param name="Place">Where.</param>
/// <param name="Variable">The environment variable that is read, if that is known.</param>
internal sealed record Use(DiagnosticDescriptor Rule, string What, Location Place, string? Variable = null);
