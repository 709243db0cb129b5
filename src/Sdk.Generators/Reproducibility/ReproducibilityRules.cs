using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>What a step must not use if an earlier attempt is to stand for it.</summary>
internal static class ReproducibilityRules
{
    public static readonly DiagnosticDescriptor Clock = new(
        "RONDO010",
        "A cacheable step uses a clock",
        Message,
        "Rondo",
        DiagnosticSeverity.Warning,
        true,
        customTags: WellKnownDiagnosticTags.CompilationEnd
    );

    public static readonly DiagnosticDescriptor Randomness = new(
        "RONDO011",
        "A cacheable step uses randomness without a seed",
        Message,
        "Rondo",
        DiagnosticSeverity.Warning,
        true,
        customTags: WellKnownDiagnosticTags.CompilationEnd
    );

    public static readonly DiagnosticDescriptor NewIds = new(
        "RONDO012",
        "A cacheable step makes new ids",
        Message,
        "Rondo",
        DiagnosticSeverity.Warning,
        true,
        customTags: WellKnownDiagnosticTags.CompilationEnd
    );

    public static readonly DiagnosticDescriptor Surroundings = new(
        "RONDO013",
        "A cacheable step looks at its surroundings",
        Message,
        "Rondo",
        DiagnosticSeverity.Warning,
        true,
        customTags: WellKnownDiagnosticTags.CompilationEnd
    );

    // Softer than the others: a file may well be part of the package, and then it is part of the key.
    public static readonly DiagnosticDescriptor Outside = new(
        "RONDO014",
        "A cacheable step reads files or the network by itself",
        Message,
        "Rondo",
        DiagnosticSeverity.Info,
        true,
        customTags: WellKnownDiagnosticTags.CompilationEnd
    );

    private const string Message =
        "Step '{0}' uses {1}{2}, which its cache key does not cover: the outputs of an earlier attempt may be used though this one would make others. {3}, or opt out of the cache with [Step(Cache = false)].";

    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [Clock, Randomness, NewIds, Surroundings, Outside];

    public static string MendOf(DiagnosticDescriptor rule) =>
        rule.Id switch
        {
            "RONDO010" => "Take the time as an argument (g.Parameter, g.Partition) or from the data",
            "RONDO011" => "Use StepContext.Random, or a generator with the seed StepContext.Seed",
            "RONDO012" => "Derive the id from the inputs, or take g.RunId as an argument",
            "RONDO013" => "Take the value as an argument, or declare the variable with [Environment]",
            _ => "Take the data as an input (a dataset, a FileArtifact)",
        };
}
