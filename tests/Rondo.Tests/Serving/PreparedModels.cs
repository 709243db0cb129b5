using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;
using Rondo.Testing;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>A model of any inputs that lets each of them be seen in its answer: a weighted sum, in which what is missing weighs too.</summary>
public sealed class SumRuntime : IModelRuntime
{
    public const string Format = "sum";

    public bool Supports(string format) => format == Format;

    public IModel Load(ModelDescription description, string file) => new Sum();

    /// <summary>The answer for the elements of a row: numbers as the type of their tensor holds them, and texts.</summary>
    public static double Answer(IEnumerable<object> elements)
    {
        var sum = 0.0;
        var place = 0;
        foreach (var element in elements)
        {
            place++;
            var number = element is string text
                ? text.Sum(letter => (double)letter) + (10 * text.Length)
                : Convert.ToDouble(element, CultureInfo.InvariantCulture);
            // Neither no number nor one without end may hide the others.
            sum += Math.Sin(place + (double.IsFinite(number) ? number : 0.5)) * place;
        }

        return sum;
    }

    private sealed class Sum : IModel
    {
        public void Predict(InferenceBatch batch)
        {
            var answers = ((Tensor<double>)batch.Outputs[0]).Values;
            for (var row = 0; row < batch.Rows; row++)
            {
                var at = row;
                answers[row] = Answer(batch.Inputs.SelectMany(input => Elements(input, at)));
            }
        }

        public void Dispose() { }

        private static IEnumerable<object> Elements(Tensor tensor, int row) =>
            Enumerable
                .Range(row * tensor.Width, tensor.Width)
                .Select(
                    object (i) =>
                        tensor switch
                        {
                            Tensor<float> t => t.Values[i],
                            Tensor<double> t => t.Values[i],
                            Tensor<long> t => t.Values[i],
                            Tensor<int> t => t.Values[i],
                            Tensor<bool> t => t.Values[i],
                            _ => ((Tensor<string>)tensor).Values[i],
                        }
                );
    }
}

/// <summary>Bundles of such models with a preparation, as a training step makes them, and what a client sends to them.</summary>
internal static class PreparedModels
{
    /// <summary>The model's own inputs: each prepared column by itself, numbers in either width.</summary>
    public static IReadOnlyList<TensorSignature> Inputs(Table prepared) =>
        [.. prepared.Columns.Select((column, i) => new TensorSignature(column.Name, TypeOf(column, i), [-1]))];

    /// <summary>All prepared columns as one vector of single precision.</summary>
    public static IReadOnlyList<TensorSignature> Vector(Table prepared) =>
        [new TensorSignature("features", "FP32", [-1, prepared.Columns.Count])];

    /// <summary>The answers that the model gives to prepared rows, without a server.</summary>
    public static double[] Offline(Table prepared, IReadOnlyList<TensorSignature> inputs) =>
        [
            .. Enumerable
                .Range(0, prepared.RowCount)
                .Select(row =>
                    SumRuntime.Answer(
                        prepared.Columns.Select(
                            (column, i) => Element(column[row], inputs[Math.Min(i, inputs.Count - 1)])
                        )
                    )
                ),
        ];

    /// <summary>A model as a step saves it, with its preparation; the example is the first raw row.</summary>
    public static Model Make(
        TestStep step,
        Preparation preparation,
        Table raw,
        Func<Table, IReadOnlyList<TensorSignature>> inputsOf
    )
    {
        var row = raw.Slice(0, 1);
        var prepared = preparation.Apply(row);
        var inputs = inputsOf(prepared);
        return Plain(step, prepared, inputs).With(preparation, row);
    }

    public static Model Plain(TestStep step, Table prepared, IReadOnlyList<TensorSignature> inputs)
    {
        var values = prepared.Columns.Select((c, i) => Element(c[0], inputs[Math.Min(i, inputs.Count - 1)])).ToList();
        var example =
            inputs.Count == 1 && prepared.Columns.Count > 1
                ? new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [inputs[0].Name] = Json(values) }
                : inputs.Zip(values).ToDictionary(p => p.First.Name, p => Json(p.Second), StringComparer.Ordinal);
        var answer = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["y"] = Json(Offline(prepared, inputs)[0]),
        };
        var signature = new ModelSignature(inputs, [new TensorSignature("y", "FP64", [-1])]);
        var description = new ModelDescription(SumRuntime.Format, "sum.txt", "sum", signature, new(example, answer));
        return Model.Save(step.Context, description, path => File.WriteAllText(path, "sum"));
    }

    /// <summary>Registers the model, and lets the endpoint <c>line</c> answer with it.</summary>
    public static async Task ServeAsync(ServingHarness serving, Model model, TableSchema? schema = null)
    {
        using var bundle = new MemoryStream();
        model.WriteBundle(bundle);
        bundle.Position = 0;
        var blob = await serving.Kernel.Blobs.PutAsync(bundle);
        var any = await TestModels.ProposeAsync(serving.Kernel.Blobs, new LineModel(1, 0));
        var proposal = any with
        {
            Artifact = new ArtifactRef(ArtifactTypes.Model, blob.Digest, blob.Size),
            Description = model.Description,
            Schema = schema,
        };
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.Kernel.Database.WriteAsync(t =>
            serving.Registry.RegisterAsync(t, TestModels.Origin("run-p"), proposal).AsTask()
        );
        await serving.SettleAsync();
    }

    /// <summary>The request that a client sends for raw rows: null where a value is missing.</summary>
    public static string Request(Table raw, ModelSignature signature)
    {
        var inputs = signature.Inputs.Select(input => new
        {
            name = input.Name,
            shape = new[] { raw.RowCount },
            datatype = input.DataType,
            data = Enumerable.Range(0, raw.RowCount).Select(row => Sent(raw[input.Name][row])),
        });
        return JsonSerializer.Serialize(new { inputs }, RondoJson.Options);
    }

    private static object? Sent(object? value) =>
        value switch
        {
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            DateTimeOffset at => at.ToString("O", CultureInfo.InvariantCulture),
            _ => value,
        };

    private static string TypeOf(Column column, int place) =>
        column.Type switch
        {
            ColumnType.Number => place % 2 == 0 ? "FP32" : "FP64",
            ColumnType.Integer => column.Name.EndsWith("_missing", StringComparison.Ordinal) ? "INT64" : "FP32",
            ColumnType.Boolean => "BOOL",
            _ => "BYTES",
        };

    private static object Element(object? value, TensorSignature input) =>
        (input.DataType, value) switch
        {
            ("FP32", _) => (float)Convert.ToDouble(value ?? double.NaN, CultureInfo.InvariantCulture),
            ("FP64", _) => Convert.ToDouble(value ?? double.NaN, CultureInfo.InvariantCulture),
            ("BYTES", _) => value ?? "",
            _ => value!,
        };

    private static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value, RondoJson.Options);
}
