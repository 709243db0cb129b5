using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.LightGbm;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Kernel.Blobs;
using Rondo.Sdk.Wire;

namespace Rondo.Benchmarks;

/// <summary>
/// A model with the inputs of the example project, fifty numbers and three texts, trained on made-up rows from a fixed seed: as a
/// linear model and as two hundred boosted trees.
/// </summary>
internal sealed class BenchModel
{
    private const int NumbersCount = 50;
    private const int TextsCount = 3;
    private const int RowsCount = 2000;
    private const string Output = "prediction";

    private static readonly string[] s_days =
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];

    private readonly MLContext _ml = new(seed: 1);
    private readonly string _rowsFile;
    private readonly IDataView _rows;
    private readonly float[] _firstNumbers = new float[NumbersCount];
    private readonly string[] _firstTexts = new string[TextsCount];

    public BenchModel(string folder)
    {
        _rowsFile = Path.Combine(folder, "rows.tsv");
        File.WriteAllText(_rowsFile, WriteRows(new Random(1)));
        _rows = _ml.Data.LoadFromTextFile(
            _rowsFile,
            [
                .. Enumerable.Range(0, NumbersCount).Select(i => new TextLoader.Column(Number(i), DataKind.Single, i)),
                .. Enumerable
                    .Range(0, TextsCount)
                    .Select(i => new TextLoader.Column(Text(i), DataKind.String, NumbersCount + i)),
                new TextLoader.Column("Label", DataKind.Single, NumbersCount + TextsCount),
            ]
        );
    }

    private static IReadOnlyList<string> InputNames { get; } =
    [.. Enumerable.Range(0, NumbersCount).Select(Number), .. Enumerable.Range(0, TextsCount).Select(Text)];

    /// <summary>Trains, stores the bundle, and proposes it.</summary>
    public async Task<ModelProposal> ProposeAsync(string model, bool trees, IBlobStore blobs)
    {
        IEstimator<ITransformer> learner = trees
            ? _ml.Regression.Trainers.LightGbm(
                new LightGbmRegressionTrainer.Options
                {
                    NumberOfIterations = 200,
                    NumberOfLeaves = 7,
                    NumberOfThreads = 1,
                    Verbose = false,
                }
            )
            : _ml.Regression.Trainers.Sdca(
                new SdcaRegressionTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 20 }
            );
        var fitted = Prepare(normalize: !trees)
            .Append(learner)
            .Append(_ml.Transforms.CopyColumns(Output, "Score"))
            .Fit(_rows);
        var description = Describe(fitted, trees ? "LightGbm" : "Sdca");
        var bundle = await blobs.PutAsync(Bundle(fitted, description.File));
        return new ModelProposal(
            model,
            new ArtifactRef(ArtifactTypes.Model, bundle.Digest, bundle.Size),
            description,
            new Dictionary<string, double>(StringComparer.Ordinal),
            new Dictionary<string, double>(StringComparer.Ordinal),
            [],
            GateVerdict.Of(GateCheck.AtMost("bench", 0, 1)),
            new ReferenceProfile(0, []),
            null,
            null
        );
    }

    /// <summary>A request of one row as clients send it; the id has a fixed place and width, so that each request gets its own.</summary>
    public byte[] Request(string id)
    {
        var inputs = InputNames.Select(
            (name, i) =>
                new
                {
                    name,
                    shape = new[] { 1 },
                    datatype = i < NumbersCount ? "FP32" : "BYTES",
                    data = new object[] { i < NumbersCount ? _firstNumbers[i] : _firstTexts[i - NumbersCount] },
                }
        );
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                id,
                parameters = new { event_time = "2024-05-01" },
                inputs,
            }
        );
    }

    private EstimatorChain<ITransformer> Prepare(bool normalize)
    {
        InputOutputColumnPair[] texts =
        [
            .. Enumerable.Range(0, TextsCount).Select(i => new InputOutputColumnPair(Text(i) + "Key", Text(i))),
        ];
        string[] columns =
        [
            .. Enumerable.Range(0, NumbersCount).Select(Number),
            .. texts.Select(text => text.OutputColumnName),
        ];
        EstimatorChain<ITransformer> inputs = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(_ml.Transforms.Categorical.OneHotEncoding(texts))
            .Append<ITransformer>(_ml.Transforms.Concatenate("Features", columns));
        return normalize
            ? inputs.Append<ITransformer>(_ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            : inputs;
    }

    private ModelDescription Describe(ITransformer fitted, string algorithm)
    {
        var inputs = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var i = 0; i < InputNames.Count; i++)
        {
            inputs[InputNames[i]] =
                i < NumbersCount
                    ? JsonSerializer.SerializeToElement(_firstNumbers[i])
                    : JsonSerializer.SerializeToElement(_firstTexts[i - NumbersCount]);
        }

        var answer = fitted.Transform(_ml.Data.TakeRows(_rows, 1)).GetColumn<float>(Output).First();
        return new ModelDescription(
            ModelDescription.MLNetZip,
            "model.zip",
            algorithm,
            new ModelSignature(
                [
                    .. InputNames.Select(
                        (name, i) => new TensorSignature(name, i < NumbersCount ? "FP32" : "BYTES", [-1])
                    ),
                ],
                [new TensorSignature(Output, "FP32", [-1])]
            ),
            new ModelExample(
                inputs,
                new Dictionary<string, JsonElement>(StringComparer.Ordinal)
                {
                    [Output] = JsonSerializer.SerializeToElement(answer),
                }
            )
        );
    }

    private MemoryStream Bundle(ITransformer fitted, string file)
    {
        var schema = _ml.Transforms.SelectColumns([.. InputNames]).Fit(_rows).Transform(_rows).Schema;
        var bundle = new MemoryStream();
        using (var zip = new ZipArchive(bundle, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var model = new MemoryStream();
            _ml.Model.Save(fitted, schema, model);
            using var entry = zip.CreateEntry(file).Open();
            entry.Write(model.ToArray());
        }

        bundle.Position = 0;
        return bundle;
    }

    private string WriteRows(Random random)
    {
        var rows = new StringBuilder();
        for (var row = 0; row < RowsCount; row++)
        {
            var numbers = Enumerable
                .Range(0, NumbersCount)
                .Select(_ => MathF.Round(random.NextSingle() * 100, 2))
                .ToArray();
            var texts = Enumerable.Range(0, TextsCount).Select(_ => s_days[random.Next(s_days.Length)]).ToArray();
            if (row == 0)
            {
                numbers.CopyTo(_firstNumbers, 0);
                texts.CopyTo(_firstTexts, 0);
            }

            var label = numbers.Select((number, i) => number * MathF.Sin(i)).Sum() + texts.Sum(text => text.Length);
            rows.AppendJoin('\t', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))
                .Append('\t')
                .AppendJoin('\t', texts)
                .Append('\t')
                .Append(label.ToString("R", CultureInfo.InvariantCulture))
                .Append('\n');
        }

        return rows.ToString();
    }

    private static string Number(int i) => string.Create(CultureInfo.InvariantCulture, $"Station{i:00}Entries");

    private static string Text(int i) => string.Create(CultureInfo.InvariantCulture, $"DayKind{i}");
}
