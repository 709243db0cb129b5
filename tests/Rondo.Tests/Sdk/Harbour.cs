using Rondo.Sdk;
using Rondo.Sdk.Wire;
using static Rondo.Sdk.Duration;
using static Rondo.Sdk.Size;

namespace Rondo.Tests.Sdk;

/// <summary>A place where the tide is measured.</summary>
public sealed record Gauge(string Name, IReadOnlyList<int> Lags, Position Position);

/// <summary>Where it is.</summary>
public sealed record Position(double North, double East);

/// <summary>How good a forecast is.</summary>
public sealed record Quality(double Rmse, bool Passed, string Reason, Speed Speed);

/// <summary>How fast a model is to be trained.</summary>
public enum Speed
{
    Quick,
    Careful,
}

/// <summary>The steps of a project that uses everything a graph can say.</summary>
public static class HarbourSteps
{
    [Step]
    public static IReadOnlyList<Gauge> Gauges(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new Gauge($"g{number}", [1, number], new(54 + number, 8)))];

    [Step]
    public static double Error(string gauge, double north, IReadOnlyList<int> lags, Speed speed) =>
        gauge.Length + north + lags.Sum() + (int)speed;

    [Step]
    public static string Label([Argument] Gauge gauge, string run) => gauge.Name + run.Length;

    [Step]
    public static Quality Judge([Input] IReadOnlyList<double> errors, [Input] IReadOnlyList<string>? labels = null) =>
        new(errors.Average(), errors.Count > 2, string.Join("+", labels ?? []), Speed.Careful);

    [Step]
    public static bool Calm(Quality quality) => quality.Rmse < 100;

    [Step]
    public static (double Low, double High) Range([Input] IReadOnlyList<double> errors) => (errors.Min(), errors.Max());

    [Step]
    public static Quality Better(Quality quality, [Input] double by) => quality with { Rmse = quality.Rmse - by };

    [Step]
    public static void Tell(string state, string reason, Quality? quality, [Input] double? low, StepContext context) =>
        context.Log($"{state}: {reason} {quality?.Rmse} {low}");
}
