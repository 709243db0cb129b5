namespace Rondo.Sdk.BuiltIn;

internal sealed record BestPlan(string Truth, IReadOnlyList<string> Slices, IReadOnlyList<string> Names, string Metric);

internal sealed record GatePlan(string Truth, IReadOnlyList<RivalPlan> Rivals, IReadOnlyList<LimitPlan> Limits);

/// <summary>A rival to beat; <paramref name="Surely"/> asks that the whole interval of the difference says so.</summary>
internal sealed record RivalPlan(string Name, bool Surely, double Margin);

internal sealed record LimitPlan(string Metric, double? AtMost, double? AtLeast);

internal sealed record ProfilePlan(string Truth, string? Time);
