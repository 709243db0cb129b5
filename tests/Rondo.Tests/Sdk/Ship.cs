using Rondo.Sdk;

namespace Rondo.Tests.Sdk;

/// <summary>A cabin of a ship.</summary>
public sealed record Cabin(string Name, int Beds);

/// <summary>How full a ship is.</summary>
public sealed record Load(int Beds, bool Full);

/// <summary>Small steps for tests of what a graph can say. Numbers are easy to compare.</summary>
public static class ShipSteps
{
    [Step]
    public static IReadOnlyList<Cabin> Cabins(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new Cabin($"c{number}", number % 4))];

    [Step]
    public static int Beds(string cabin, int beds) => cabin.Length * 100 + beds;

    [Step]
    public static int Add([Input] int number, int plus = 1) => number + plus;

    [Step]
    public static int Start(int number) => number;

    [Step]
    public static int Sum([Input] IReadOnlyList<int> numbers) => numbers.Sum();

    [Step]
    public static string Names([Input] IReadOnlyList<string> names) => string.Join(",", names);

    [Step]
    public static string Name(string name) => name;

    [Step]
    public static Load Weigh([Input] int beds, int limit) => new(beds, beds >= limit);

    [Step]
    public static int Maybe([Input] int? number) => number ?? -1;

    [Step]
    public static int Trouble([Input] int number, string kind = "invalid") =>
        throw (
            kind switch
            {
                "io" => new IOException("the sea is rough"),
                "time" => new TimeoutException("too late"),
                _ => new InvalidOperationException($"no luck with {number}"),
            }
        );

    [Step]
    public static int Stop([Input] int number, StepContext context) => throw context.Stop($"{number} is enough");

    [Step]
    public static int Say([Input] int number, string text, StepContext context)
    {
        context.Log(text.Replace("$PASSWORD", Environment.GetEnvironmentVariable("PASSWORD")));
        return number;
    }

    [Step]
    public static void Report(string state, string reason, string failed, [Input] int? number, StepContext context) =>
        context.Log($"report: {state} | {reason} | {failed} | {number}");
}

internal static class Ship
{
    public static MlApp With(Action<Graph> build, Func<Pipeline, Pipeline>? change = null)
    {
        var app = MlApp.Create([], "ship");
        var pipeline = app.Pipeline("sail", build);
        change?.Invoke(pipeline);
        return app;
    }
}
