using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace RondoProject;

/// <summary>The steps: plain methods, which a test can call. Each is a method of the graph, too.</summary>
public static class Steps
{
    private static readonly string[] Inputs = [nameof(Hour.Temperature), nameof(Hour.Load), nameof(Hour.Night)];

    [Step]
    public static Table<Hour> AddFeatures(Table<Reading> readings) =>
        Table.From(
            readings
                .OrderBy(reading => reading.Time)
                .Zip(readings.OrderBy(reading => reading.Time).Skip(1))
                .Select(pair => new Hour(
                    pair.First.Time,
                    DateOnly.FromDateTime(pair.First.Time.UtcDateTime),
                    pair.First.Shift,
                    (float)pair.First.Temperature,
                    (float)pair.First.Load,
                    pair.First.Shift == "night" ? 1 : 0,
                    (float)pair.Second.Temperature
                ))
        );

    [Step]
    public static Model TrainLinear(Table<Hour> hours, double regularization, StepContext context)
    {
        var ml = new MLContext(context.Seed);
        var data = ml.Data.LoadFromEnumerable(hours.Select(ModelRow.Of));
        var trainer = ml.Regression.Trainers.Sdca(
            new()
            {
                LabelColumnName = nameof(ModelRow.Next),
                L2Regularization = (float)regularization,
                NumberOfThreads = 1,
            }
        );
        var model = ml
            .Transforms.Concatenate("Features", Inputs)
            .Append(ml.Transforms.NormalizeMeanVariance("Features"))
            .Append(trainer)
            .Fit(data);
        return Save(context, ml, model, data);
    }

    [Step]
    public static Table<Prediction> Predict(Model model, Table<Hour> hours)
    {
        var ml = new MLContext(seed: 1);
        using var file = model.OpenFile();
        var scored = ml.Model.Load(file, out _).Transform(ml.Data.LoadFromEnumerable(hours.Select(ModelRow.Of)));
        return Table.From(scored.GetColumn<float>("Score").Select(score => new Prediction(score)));
    }

    /// <summary>The naive rule that a model has to beat.</summary>
    [Step]
    public static Table<Prediction> AsItIsNow(Table<Hour> hours) =>
        Table.From(hours.Select(hour => new Prediction(hour.Temperature)));

    // The signature is what a client sends; the example is what a server tries before it gives the model traffic.
    private static Model Save(StepContext context, MLContext ml, ITransformer model, IDataView data)
    {
        var row = ml.Data.CreateEnumerable<ModelRow>(data, reuseRowObject: false).First();
        var score = ml.Model.CreatePredictionEngine<ModelRow, Answer>(model).Predict(row).Score;
        var description = new ModelDescription(
            ModelDescription.MLNetZip,
            "model.zip",
            "linear regression (SDCA)",
            new ModelSignature(
                [.. Inputs.Select(name => new TensorSignature(name, "FP32", [-1]))],
                [new TensorSignature("Score", "FP32", [-1])]
            ),
            new ModelExample(
                new Dictionary<string, JsonElement>
                {
                    [nameof(row.Temperature)] = JsonSerializer.SerializeToElement(row.Temperature),
                    [nameof(row.Load)] = JsonSerializer.SerializeToElement(row.Load),
                    [nameof(row.Night)] = JsonSerializer.SerializeToElement(row.Night),
                },
                new Dictionary<string, JsonElement> { ["Score"] = JsonSerializer.SerializeToElement(score) }
            )
        );
        return Model.Save(context, description, path => ml.Model.Save(model, data.Schema, path));
    }

    private sealed class ModelRow
    {
        public float Temperature { get; set; }

        public float Load { get; set; }

        public float Night { get; set; }

        public float Next { get; set; }

        public static ModelRow Of(Hour hour) =>
            new()
            {
                Temperature = hour.Temperature,
                Load = hour.Load,
                Night = hour.Night,
                Next = hour.Next,
            };
    }

    private sealed class Answer
    {
        public float Score { get; set; }
    }
}
