using System.Globalization;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Sdk;

/// <summary>A day as it is read.</summary>
public sealed record WeatherDay(DateOnly Date, double Temperature, string Sky);

/// <summary>A day as a model sees it.</summary>
public sealed record WeatherRow(DateOnly Date, double Yesterday, double Temperature);

/// <summary>A model that says: as yesterday, plus something.</summary>
public sealed record Persistence(double Shift);

/// <summary>The steps of a small project that the tests run.</summary>
public static class WeatherSteps
{
    [Step]
    public static Table<WeatherRow> Features(Table<WeatherDay> days) =>
        Table<WeatherRow>.From(
            days.Zip(days.Skip(1))
                .Select(pair => new WeatherRow(pair.Second.Date, pair.First.Temperature, pair.Second.Temperature))
        );

    [Step]
    public static Persistence Fit(Table<WeatherRow> rows, double damping, StepContext context)
    {
        var shift = rows.Average(row => row.Temperature - row.Yesterday) * damping;
        context.Metric("shift", shift);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"fitted on {rows.Count} rows"));
        return new Persistence(shift);
    }

    [Step]
    public static (Table<WeatherRow> Warm, Table<WeatherRow> Cold) Part(Table<WeatherRow> rows, double limit = 10) =>
        (
            Table<WeatherRow>.From(rows.Where(row => row.Temperature > limit)),
            Table<WeatherRow>.From(rows.Where(row => row.Temperature <= limit))
        );

    [Step]
    public static Persistence Average(IReadOnlyList<Persistence> models) => new(models.Average(model => model.Shift));

    [Step]
    public static Persistence Fail(Persistence model) =>
        throw new InvalidOperationException($"no luck with {model.Shift}");

    [Step]
    public static async Task<Persistence> Hang(Persistence model, CancellationToken cancellation)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellation);
        return model;
    }

    [Step]
    public static Persistence? ServingShift(Model? serving) => serving is null ? null : new Persistence(1);

    [Step]
    public static Persistence Describe(Model model) => new(model.Description.File.Length);
}

internal static class Weather
{
    public static MlApp Declare(params string[] args)
    {
        var app = MlApp.Create(args, "weather");
        var days = app.Dataset<WeatherDay>("days").EventTime(day => day.Date).From("no/such/days.csv");
        app.Pipeline("train", graph => Train(graph, days))
            .On(Trigger.Schedule("0 3 * * *"), Trigger.NewRows(days, 7))
            .CoolDown(Days(1));
        app.Pipeline(
                "trouble",
                graph =>
                {
                    var rows = graph.Features(graph.Validate(graph.Ingest(days), days));
                    graph.Fail(graph.Fit(rows, 1));
                    graph.Hang(graph.Fit(rows, 2)).Timeout(Milliseconds(50));
                }
            )
            .FailSlow();
        return app;
    }

    public static string Csv(int days, int from = 0)
    {
        var start = new DateOnly(2020, 1, 1);
        var lines = Enumerable
            .Range(from, days)
            .Select(day =>
                string.Create(CultureInfo.InvariantCulture, $"{start.AddDays(day):yyyy-MM-dd},{8 + (day % 7)}.5,blue")
            );
        return "date,temperature,sky\n" + string.Join("\n", lines) + "\n";
    }

    private static void Train(Graph graph, Dataset<WeatherDay> days)
    {
        var window = graph.Parameter("windowDays", 30);
        var damping = graph.Parameter("damping", 0.5);
        var rows = graph.Features(graph.Validate(graph.Ingest(days, window), days));
        var (warm, cold) = graph.Part(rows);
        var model = graph.Average([graph.Fit(warm, damping), graph.Fit(cold, 1.0).Named("fit-cold")]);
        var serving = graph.Serving("temperature");
        graph.ServingShift(serving);
        graph.Average([model, serving.IfAny(found => graph.Describe(found))!]).Named("with-serving");
    }
}
