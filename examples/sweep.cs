// A sweep: which model predicts best, with which parameters?   dotnet run examples/sweep.cs
//
// On the days of first-model.cs it tries a line and nearest neighbours, with the columns as they are or scaled, and prints a
// leaderboard. Each trial is a step: run it twice, or ask for more trials, and what was tried is not tried again.
#:project ../src/Sdk/Sdk.csproj
#:property PublishAot=false

using Rondo.Data;
using Rondo.Sdk;

var app = MlApp.Create(args, "sweep");

var days = app.Dataset<Day>("station-days").EventTime(day => day.Date).From("first-model.csv");

var space = new SearchSpace();
var model = space.OneOf("model", "line", "neighbours");
space.OneOf("scaled", true, false);
space.LogUniform("ridge", 1e-3, 1e3).When(model, "line");
space.Whole("neighbours", 3, 100, log: true).When(model, "neighbours");
space.Uniform("nearness", 0, 2).When(model, "neighbours");

app.Pipeline(
    "tune",
    g =>
    {
        var (train, holdout) = g.SplitByTime(g.Validate(g.Ingest(days), days), day => day.Date, holdoutDays: 91);
        var sweep = g.Sweep("search", space, Search.Tpe(trials: 40) with { Parallel = 2, Rounds = 5 })
            .Trials(trial => g.Rmse(train, holdout, trial.Parameters));
        g.Show(sweep.Report);
    }
);

return await app.RunAsync();

/// <summary>A day at the station; entries in thousands, temperature in degrees Fahrenheit.</summary>
internal sealed record Day(DateOnly Date, [property: Between(0, 40)] double Ridership, double TwoWeeksAgo, double Temp)
{
    /// <summary>What a model sees of it; each column divided by its scale.</summary>
    public double[] Columns(double[] scales)
    {
        var isFree = Date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1 : 0;
        return [1, TwoWeeksAgo / scales[0], Temp / scales[1], isFree];
    }
}

internal static class Steps
{
    /// <summary>The error on days that the model has not seen, in thousands of entries.</summary>
    [Step]
    internal static double Rmse(Table<Day> train, Table<Day> holdout, [Argument] ParameterValues parameters)
    {
        double[] scales = parameters.Get<bool>("scaled")
            ? [Deviation(train, day => day.TwoWeeksAgo), Deviation(train, day => day.Temp)]
            : [1, 1];
        var rows = train.Select(day => (X: day.Columns(scales), Y: day.Ridership)).ToList();
        Func<double[], double> predict =
            parameters.Get<string>("model") == "line"
                ? Line(rows, parameters.Get<double>("ridge"))
                : Neighbours(rows, parameters.Get<int>("neighbours"), parameters.Get<double>("nearness"));
        return Math.Sqrt(holdout.Average(day => Math.Pow(predict(day.Columns(scales)) - day.Ridership, 2)));
    }

    [Step]
    internal static void Show(SweepReport report, StepContext context)
    {
        context.Log(report.ToText());
        foreach (var best in report.BestOfEach("model"))
        {
            context.Log(FormattableString.Invariant($"rmse {best.Value:0.000}: {best.Parameters}"));
        }
    }

    private static double Deviation(Table<Day> days, Func<Day, double> column)
    {
        var mean = days.Average(column);
        return Math.Sqrt(days.Average(day => Math.Pow(column(day) - mean, 2)));
    }

    /// <summary>The mean of the nearest days, each by its distance to the power of minus <paramref name="nearness"/>.</summary>
    private static Func<double[], double> Neighbours(List<(double[] X, double Y)> rows, int count, double nearness) =>
        x =>
        {
            var near = rows.Select(row => (Distance: row.X.Zip(x, (a, b) => (a - b) * (a - b)).Sum(), row.Y))
                .OrderBy(row => row.Distance)
                .Take(count)
                .Select(row => (Weight: Math.Pow(Math.Sqrt(row.Distance) + 0.01, -nearness), row.Y))
                .ToList();
            return near.Sum(row => row.Weight * row.Y) / near.Sum(row => row.Weight);
        };

    /// <summary>Least squares with a penalty, one coordinate at a time.</summary>
    private static Func<double[], double> Line(List<(double[] X, double Y)> rows, double ridge)
    {
        var weights = new double[rows[0].X.Length];
        var rest = rows.Select(row => row.Y).ToArray();
        for (var round = 0; round < 200; round++)
        {
            for (var column = 0; column < weights.Length; column++)
            {
                var square = rows.Sum(row => row.X[column] * row.X[column]);
                var along = rows.Select((row, n) => row.X[column] * rest[n]).Sum() + (square * weights[column]);
                var weight = along / (square + ridge);
                for (var n = 0; n < rest.Length; n++)
                {
                    rest[n] -= (weight - weights[column]) * rows[n].X[column];
                }
                weights[column] = weight;
            }
        }
        return x => x.Zip(weights, (a, b) => a * b).Sum();
    }
}
