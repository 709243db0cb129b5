using Rondo.Sdk;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>A place where ships lie.</summary>
public sealed record Berth(string Name, IReadOnlyList<int> Lags, Place Place);

/// <summary>Where it is.</summary>
public sealed record Place(double North, double East);

/// <summary>What was measured at several.</summary>
public sealed record Survey(double Mean, string Reason, int Count);

/// <summary>How much trouble is taken.</summary>
public enum Care
{
    Little,
    Much,
}

/// <summary>Steps that pipelines of these tests are made of: every kind of argument, input and output.</summary>
public static class QuaySteps
{
    [Step]
    public static IReadOnlyList<Berth> Berths(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new Berth($"b{number}", [1, number], new(54 + number, 8)))];

    [Step]
    public static double Depth(string berth, double north, IReadOnlyList<int> lags, Care care) =>
        berth.Length + north + lags.Sum() + (int)care;

    [Step]
    public static string Plaque([Argument] Berth berth, string run) => $"{berth.Name} {run}";

    [Step]
    public static Survey Weigh([Input] IReadOnlyList<double> depths, StepContext context)
    {
        context.Metric("count", depths.Count);
        return new(depths.Average(), "it's weighed", depths.Count);
    }

    [Step]
    public static bool Calm(Survey survey) => survey.Mean < 100;

    [Step]
    public static (double Low, double High) Spread([Input] IReadOnlyList<double> depths) =>
        (depths.Min(), depths.Max());

    [Step]
    public static Survey Deepen(Survey survey, [Input] double by) => survey with { Mean = survey.Mean + by };

    [Step]
    public static string Report(string state, string reason, Survey? survey = null, [Input] double? low = null) =>
        $"{state}|{reason}|{survey?.Mean}|{low}";
}
