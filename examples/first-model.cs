// A first model: no server, nothing but .NET.   dotnet run examples/first-model.cs
//
// It predicts how many people enter Chicago's Clark/Lake station on a day, from what day it is, the temperature, and the
// entries two weeks earlier. Run it twice: the second run uses again what the first has made. Then change something
// (the ridge, say) and see what runs.
#:project ../src/Sdk/Sdk.csproj
#:property PublishAot=false

using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

var app = MlApp.Create(args, "first-model");

var days = app.Dataset<Day>("station-days").EventTime(day => day.Date).From("first-model.csv");

app.Pipeline(
    "train",
    g =>
    {
        var rows = g.Features(g.Validate(g.Ingest(days), days));
        var (train, holdout) = g.SplitByTime(rows, row => row.Date, holdoutDays: 91);

        var ridge = g.Parameter("ridge", 0.1);
        var plain = g.Fit(train, ridge, withCalendar: false).Named("fit-plain");
        var calendar = g.Fit(train, ridge, withCalendar: true).Named("fit-calendar");

        g.Evaluate(holdout, row => row.Ridership)
            .BySlice(row => row.Weekend)
            .Candidate("plain", plain, g.Score(plain, holdout).Named("score-plain"))
            .Candidate("calendar", calendar, g.Score(calendar, holdout).Named("score-calendar"))
            .Best()
            .Gate(gate => gate.Beats("as two weeks ago", g.AsTwoWeeksAgo(holdout)).AtMost("rmse", 3))
            .Register("station-demand", train, row => row.Date);
    }
);

return await app.RunAsync();

/// <summary>A day at the station, as it is read; entries in thousands, temperature in degrees Fahrenheit.</summary>
internal sealed record Day(DateOnly Date, [property: Between(0, 40)] double Ridership, double TwoWeeksAgo, double Temp);

/// <summary>A day as a model sees it.</summary>
internal sealed record Row(
    DateOnly Date,
    double Ridership,
    double TwoWeeksAgo,
    double Temp,
    bool Weekend,
    bool Monday,
    bool Friday,
    bool Holiday
);

/// <summary>A line through the features: one weight each.</summary>
internal sealed record Line(bool WithCalendar, double[] Weights)
{
    public double Predict(Row row) =>
        Features(row, WithCalendar).Zip(Weights, (feature, weight) => feature * weight).Sum();

    public static double[] Features(Row row, bool withCalendar) =>
        withCalendar
            ? [1, row.TwoWeeksAgo, row.Temp / 100, .. Ones(row.Weekend, row.Monday, row.Friday, row.Holiday)]
            : [1, row.TwoWeeksAgo, row.Temp / 100];

    /// <summary>What the model takes, by the names of the columns.</summary>
    public static Dictionary<string, JsonElement> Inputs(Row row) =>
        JsonSerializer
            .SerializeToElement(row)
            .EnumerateObject()
            .Where(column => column.Name is not (nameof(Row.Date) or nameof(Row.Ridership)))
            .ToDictionary(column => column.Name, column => column.Value);

    public static string DataType(JsonElement value) => value.ValueKind == JsonValueKind.Number ? "FP64" : "BOOL";

    private static IEnumerable<double> Ones(params bool[] facts) => facts.Select(fact => fact ? 1.0 : 0.0);
}

internal static class Steps
{
    [Step]
    internal static Table<Row> Features(Table<Day> days) =>
        Table.From(
            days.Select(day => new Row(
                day.Date,
                day.Ridership,
                day.TwoWeeksAgo,
                day.Temp,
                day.Date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday,
                day.Date.DayOfWeek is DayOfWeek.Monday,
                day.Date.DayOfWeek is DayOfWeek.Friday,
                day.Date is { Month: 12, Day: > 20 } or { Month: 1, Day: 1 } or { Month: 7, Day: 4 }
            ))
        );

    [Step]
    internal static Model Fit(Table<Row> rows, double ridge, bool withCalendar, StepContext context)
    {
        var line = new Line(withCalendar, LeastSquares(rows, ridge, withCalendar));
        var example = new ModelExample(
            Line.Inputs(rows[0]),
            new Dictionary<string, JsonElement>
            {
                ["prediction"] = JsonSerializer.SerializeToElement(line.Predict(rows[0])),
            }
        );
        var signature = new ModelSignature(
            [.. example.Inputs.Select(input => new TensorSignature(input.Key, Line.DataType(input.Value), [-1]))],
            [new("prediction", "FP64", [-1])]
        );
        context.Metric("trainRmse", Math.Sqrt(rows.Average(row => Math.Pow(line.Predict(row) - row.Ridership, 2))));
        return Model.Save(
            context,
            new ModelDescription("line-json", "line.json", "least squares", signature, example),
            path => File.WriteAllText(path, JsonSerializer.Serialize(line))
        );
    }

    [Step]
    internal static Table<Prediction> Score(Model model, Table<Row> rows)
    {
        using var file = model.OpenFile();
        var line = JsonSerializer.Deserialize<Line>(file)!;
        return Table.From(rows.Select(row => new Prediction(line.Predict(row))));
    }

    [Step]
    internal static Table<Prediction> AsTwoWeeksAgo(Table<Row> rows) =>
        Table.From(rows.Select(row => new Prediction(row.TwoWeeksAgo)));

    /// <summary>Solves (XᵀX + ridge) w = Xᵀy by elimination with pivots.</summary>
    private static double[] LeastSquares(Table<Row> rows, double ridge, bool withCalendar)
    {
        var x = rows.Select(row => Line.Features(row, withCalendar)).ToArray();
        var n = x[0].Length;
        var a = new double[n, n + 1];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                a[i, j] = x.Sum(row => row[i] * row[j]) + (i == j ? ridge : 0);
            }
            a[i, n] = x.Zip(rows, (features, row) => features[i] * row.Ridership).Sum();
        }
        for (var i = 0; i < n; i++)
        {
            var pivot = Enumerable.Range(i, n - i).MaxBy(row => Math.Abs(a[row, i]));
            for (var j = 0; j <= n; j++)
            {
                (a[i, j], a[pivot, j]) = (a[pivot, j], a[i, j]);
            }
            foreach (var row in Enumerable.Range(0, n).Where(row => row != i))
            {
                var factor = a[row, i] / a[i, i];
                for (var j = i; j <= n; j++)
                {
                    a[row, j] -= factor * a[i, j];
                }
            }
        }
        return [.. Enumerable.Range(0, n).Select(i => a[i, n] / a[i, i])];
    }
}
