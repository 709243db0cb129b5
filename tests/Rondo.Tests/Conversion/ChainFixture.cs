using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;

namespace Rondo.Tests.Conversion;

/// <summary>A row with each kind of input, and a label for each kind of trainer. Numbers are missing in some rows.</summary>
internal sealed class Trip
{
    public float Temperature { get; set; }

    public double Distance { get; set; }

    public long Riders { get; set; }

    public bool Holiday { get; set; }

    public string Day { get; set; } = "";

    public float Delay { get; set; }

    public bool Late { get; set; }

    public string Kind { get; set; } = "";
}

/// <summary>Chains of ML.NET, fitted on rows that are made here and saved as a step saves them.</summary>
internal sealed class ChainFixture : IDisposable
{
    public const int Rows = 600;

    private static readonly string[] s_days = ["mon", "tue", "wed", "sat", "sun"];

    private static readonly TensorSignature[] s_inputs =
    [
        new("Temperature", "FP32", [-1]),
        new("Distance", "FP64", [-1]),
        new("Riders", "INT64", [-1]),
        new("Holiday", "BOOL", [-1]),
        new("Day", "BYTES", [-1]),
    ];

    public TestStep Step { get; } = new();

    public MLContext Ml { get; } = new(seed: 1);

    public Trip[] Trips { get; } = Make(Rows, missing: true);

    /// <summary>The columns that the model takes, as a table.</summary>
    public Table Table => TableOf(Trips);

    public static Table TableOf(Trip[] trips) =>
        new(
            Column.Of("Temperature", trips.Select(trip => Number(trip.Temperature))),
            Column.Of("Distance", trips.Select(trip => Number(trip.Distance))),
            Column.Of("Riders", trips.Select(trip => trip.Riders)),
            Column.Of("Holiday", trips.Select(trip => (bool?)trip.Holiday)),
            Column.Of("Day", trips.Select(trip => trip.Day))
        );

    /// <summary>One-hot, conversion, replacement and both normalizers; then features for a trainer.</summary>
    public IEstimator<ITransformer> Features() =>
        Encoded()
            .Append(Ml.Transforms.ReplaceMissingValues("Temperature", replacementMode: Mean))
            .Append(Ml.Transforms.NormalizeMinMax("Temperature"))
            .Append(Together())
            .Append(Ml.Transforms.NormalizeMeanVariance("Features"));

    /// <summary>The same without replacement: what is missing reaches the trainer.</summary>
    public IEstimator<ITransformer> FeaturesWithMissing() => Encoded().Append(Together());

    public Model Fit(IEstimator<ITransformer> estimator, params TensorSignature[] outputs)
    {
        var data = Ml.Data.LoadFromEnumerable(Trips);
        return Save(estimator.Fit(data), outputs);
    }

    public Model Save(ITransformer chain, params TensorSignature[] outputs)
    {
        var data = Ml.Data.LoadFromEnumerable(Trips);
        var first = Trips[0];
        var example = new ModelExample(
            new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["Temperature"] = JsonSerializer.SerializeToElement(first.Temperature),
                ["Distance"] = JsonSerializer.SerializeToElement(first.Distance),
                ["Riders"] = JsonSerializer.SerializeToElement(first.Riders),
                ["Holiday"] = JsonSerializer.SerializeToElement(first.Holiday),
                ["Day"] = JsonSerializer.SerializeToElement(first.Day),
            },
            new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        );
        var description = new ModelDescription(
            ModelDescription.MLNetZip,
            "model.zip",
            "test",
            new ModelSignature(s_inputs, outputs.Length == 0 ? [new("Score", "FP32", [-1])] : outputs),
            example
        );
        return Model.Save(Step.Context, description, path => Ml.Model.Save(chain, data.Schema, path));
    }

    public void Dispose() => Step.Dispose();

    public static Trip[] Make(int count, bool missing)
    {
        var random = new Random(11);
        var trips = new Trip[count];
        for (var i = 0; i < count; i++)
        {
            var trip = new Trip
            {
                Temperature = (random.NextSingle() * 40) - 10,
                Distance = random.NextDouble() * 30,
                Riders = random.Next(200),
                Holiday = random.Next(8) == 0,
                Day = s_days[random.Next(s_days.Length)],
            };
            trip.Delay =
                (float)(trip.Distance * 0.4)
                + (trip.Riders * 0.05f)
                + (trip.Day is "mon" ? 6 : 0)
                + (trip.Holiday ? -3 : 0)
                + Math.Abs(trip.Temperature - 15) * 0.2f
                + random.NextSingle()
                + 4;
            trip.Late = trip.Delay > 18;
            trip.Kind =
                trip.Delay < 14 ? "early"
                : trip.Delay < 21 ? "usual"
                : "late";
            if (missing && i % 13 == 12)
            {
                trip.Temperature = float.NaN;
            }
            trips[i] = trip;
        }
        return trips;
    }

    private const Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode Mean = Microsoft
        .ML
        .Transforms
        .MissingValueReplacingEstimator
        .ReplacementMode
        .Mean;

    private IEstimator<ITransformer> Encoded() =>
        Ml
            .Transforms.Categorical.OneHotEncoding("DayIs", "Day")
            .Append(Ml.Transforms.Conversion.ConvertType("Far", "Distance", DataKind.Single))
            .Append(Ml.Transforms.Conversion.ConvertType("Many", "Riders", DataKind.Single))
            .Append(Ml.Transforms.Conversion.ConvertType("Free", "Holiday", DataKind.Single));

    private IEstimator<ITransformer> Together() =>
        Ml.Transforms.Concatenate("Features", "Many", "DayIs", "Temperature", "Free", "Far");

    private static double? Number(double value) => double.IsNaN(value) ? null : value;
}
