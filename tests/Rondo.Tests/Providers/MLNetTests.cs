using System.Buffers;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using Rondo.Providers.MLNet;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;
using Rondo.Serving.OpenInference;

namespace Rondo.Tests.Providers;

public sealed class MLNetTests : IDisposable
{
    private static readonly ModelSignature s_signature = new(
        [
            new TensorSignature("Temperature", "FP32", [-1]),
            new TensorSignature("Day", "BYTES", [-1]),
            new TensorSignature("Lag", "FP64", [-1, 1]),
            new TensorSignature("Games", "INT64", [-1]),
            new TensorSignature("Holiday", "BOOL", [-1]),
            new TensorSignature("Rings", "FP32", [-1, 2]),
        ],
        [new TensorSignature("Score", "FP32", [-1])]
    );

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-mlnet-").FullName;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_asked_one_by_one_together_and_at_once_from_many_threads_score_as_the_batch_transform_does(
        bool trees
    )
    {
        var rows = Rows();
        var (file, expected) = Train(rows, trees);
        using var model = new MLNetRuntime().Load(Description(), file);

        Assert.Equal(expected, rows.Select(row => Score(model, row)[0]));
        Assert.Equal(expected, Score(model, rows));
        var parallel = new float[rows.Length];
        Parallel.For(0, rows.Length, i => parallel[i] = Score(model, rows[i])[0]);
        Assert.Equal(expected, parallel);
    }

    [Fact]
    public void A_category_never_seen_and_a_missing_number_are_answered()
    {
        var (file, _) = Train(Rows(), trees: true);
        using var model = new MLNetRuntime().Load(Description(), file);

        var scores = Score(model, Rows()[0] with { Day = "Doomsday", Temperature = float.NaN });

        Assert.True(float.IsFinite(scores[0]));
    }

    [Theory]
    [InlineData("Wind", "FP32", "needs column 'Temperature', which its signature does not name")]
    [InlineData(
        "Temperature",
        "BYTES",
        "Input 'Temperature' is BYTES [-1] in the signature, but the model's column is Single."
    )]
    public void A_signature_that_does_not_fit_is_found_when_the_model_is_loaded(string name, string type, string error)
    {
        var (file, _) = Train(Rows(), trees: false);
        var signature = s_signature with
        {
            Inputs = [new TensorSignature(name, type, [-1]), .. s_signature.Inputs.Skip(1)],
        };

        var refused = Assert.Throws<RondoException>(() => new MLNetRuntime().Load(Description(signature), file));

        Assert.Contains(error, refused.Message);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused_by_name()
    {
        var file = Path.Combine(_folder, "model.zip");
        File.WriteAllText(file, "no model");

        var refused = Assert.Throws<RondoException>(() => new MLNetRuntime().Load(Description(), file));

        Assert.Contains("ML.NET cannot load 'model.zip'", refused.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ModelDescription Description(ModelSignature? signature = null) =>
        new(
            ModelDescription.MLNetZip,
            "model.zip",
            "test",
            signature ?? s_signature,
            new ModelExample(new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>())
        );

    private static Row[] Rows()
    {
        var random = new Random(7);
        string[] days = ["Monday", "Tuesday", "Saturday"];
        return
        [
            .. Enumerable
                .Range(0, 300)
                .Select(_ =>
                {
                    var row = new Row
                    {
                        Temperature = random.NextSingle() * 30,
                        Day = days[random.Next(3)],
                        Lag = random.NextDouble() * 20,
                        Games = random.Next(3),
                        Holiday = random.Next(10) == 0,
                        Rings = [random.NextSingle(), random.NextSingle()],
                    };
                    return row with { Label = (float)row.Lag + row.Games + (row.Holiday ? -5 : 0) + row.Rings[0] };
                }),
        ];
    }

    private (string File, float[] Expected) Train(Row[] rows, bool trees)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(rows);
        var features = ml
            .Transforms.Categorical.OneHotEncoding("DayKey", "Day")
            .Append(ml.Transforms.Conversion.ConvertType("LagF", "Lag", DataKind.Single))
            .Append(ml.Transforms.Conversion.ConvertType("GamesF", "Games", DataKind.Single))
            .Append(ml.Transforms.Conversion.ConvertType("HolidayF", "Holiday", DataKind.Single))
            .Append(
                ml.Transforms.Concatenate("Features", "Temperature", "DayKey", "LagF", "GamesF", "HolidayF", "Rings")
            );
        ITransformer model = trees
            ? features
                .Append(
                    ml.Regression.Trainers.LightGbm(
                        new LightGbmRegressionTrainer.Options
                        {
                            NumberOfIterations = 20,
                            NumberOfThreads = 1,
                            MinimumExampleCountPerLeaf = 5,
                        }
                    )
                )
                .Fit(data)
            : features
                .Append(ml.Transforms.NormalizeMeanVariance("Features"))
                .Append(ml.Regression.Trainers.Sdca(maximumNumberOfIterations: 5))
                .Fit(data);
        var file = Path.Combine(_folder, "model.zip");
        ml.Model.Save(model, data.Schema, file);
        return (file, [.. model.Transform(data).GetColumn<float>("Score")]);
    }

    // Through the wire: what is read from JSON is what is scored.
    private static float[] Score(IModel model, params Row[] rows)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                inputs = new object[]
                {
                    Tensor("Temperature", "FP32", rows.Select(row => row.Temperature)),
                    Tensor("Day", "BYTES", rows.Select(row => row.Day)),
                    Tensor("Lag", "FP64", rows.Select(row => row.Lag)),
                    Tensor("Games", "INT64", rows.Select(row => row.Games)),
                    Tensor("Holiday", "BOOL", rows.Select(row => row.Holiday)),
                    new
                    {
                        name = "Rings",
                        datatype = "FP32",
                        shape = new[] { rows.Length, 2 },
                        data = rows.Select(row => row.Rings),
                    },
                },
            },
            Rondo.Data.RondoJson.Options
        );
        var batch = InferenceBatch.For(s_signature);
        RequestReader.Read(new ReadOnlySequence<byte>(body), new RequestPlan(s_signature), batch, new RequestHead());
        model.Predict(batch);
        return [.. ((Tensor<float>)batch.Outputs[0]).Values.Take(batch.Rows)];

        object Tensor<T>(string name, string datatype, IEnumerable<T> data) =>
            new
            {
                name,
                datatype,
                shape = new[] { rows.Length },
                data,
            };
    }

    private sealed record Row
    {
        public float Label { get; init; }
        public float Temperature { get; init; }
        public string Day { get; init; } = "";
        public double Lag { get; init; }
        public long Games { get; init; }
        public bool Holiday { get; init; }

        [VectorType(2)]
        public float[] Rings { get; init; } = [0, 0];
    }
}
