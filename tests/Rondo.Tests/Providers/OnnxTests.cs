using System.Text.Json;
using Google.Protobuf;
using Rondo.Conversion.Onnx;
using Rondo.Providers.Onnx;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Tests.Providers;

/// <summary>The runtime on graphs that are made here: one that gives each input back as an output.</summary>
public sealed class OnnxTests : IDisposable
{
    private static readonly ModelSignature s_signature = new(
        [
            new("single", "FP32", [-1, 2]),
            new("double", "FP64", [-1]),
            new("long", "INT64", [-1]),
            new("int", "INT32", [-1]),
            new("flag", "BOOL", [-1]),
            new("text", "BYTES", [-1]),
        ],
        [
            new("single-out", "FP32", [-1, 2]),
            new("double-out", "FP64", [-1]),
            new("long-out", "INT64", [-1]),
            new("int-out", "INT32", [-1]),
            new("flag-out", "BOOL", [-1]),
            new("text-out", "BYTES", [-1]),
        ]
    );

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-onnx-").FullName;

    [Fact]
    [Trait("Requirement", "R143")]
    public void Every_type_of_tensor_goes_in_and_comes_out_also_from_many_threads_at_once()
    {
        using var model = Load(s_signature, Graph(s_signature));

        Parallel.For(
            0,
            64,
            i =>
            {
                var rows = (i % 3) + 1;
                var batch = Batch(s_signature, rows, i);
                model.Predict(batch);
                Assert.Equal(((Tensor<float>)batch.Inputs[0]).Values[..(2 * rows)], Out<float>(batch, 0, 2 * rows));
                Assert.Equal(
                    [.. Enumerable.Range(0, rows).Select(row => i + (row / 2.0))],
                    Out<double>(batch, 1, rows)
                );
                Assert.Equal([.. Enumerable.Range(0, rows).Select(row => (long)i + row)], Out<long>(batch, 2, rows));
                Assert.Equal([.. Enumerable.Range(0, rows).Select(row => i - row)], Out<int>(batch, 3, rows));
                Assert.Equal([.. Enumerable.Range(0, rows).Select(row => row % 2 == 0)], Out<bool>(batch, 4, rows));
                Assert.Equal(
                    [.. Enumerable.Range(0, rows).Select(row => $"zwölf {i} {row}")],
                    Out<string>(batch, 5, rows)
                );
            }
        );
    }

    [Theory]
    [InlineData("missing", "FP32", 1, "Input 'missing' of the signature is none of the model's. The model has single")]
    [InlineData("double", "FP32", 1, "Input 'double' is FP32 [-1] in the signature, but Double [-1, 1] in the model")]
    [InlineData("single", "FP32", 3, "Input 'single' is FP32 [-1, 3] in the signature, but Float [-1, 2] in the model")]
    [Trait("Requirement", "R143")]
    public void A_signature_that_does_not_fit_is_found_when_the_model_is_loaded(
        string name,
        string type,
        int width,
        string error
    )
    {
        var wrong = s_signature with { Inputs = [new(name, type, width == 1 ? [-1] : [-1, width])] };

        var refused = Assert.Throws<RondoException>(() => Load(wrong, Graph(s_signature)));

        Assert.Contains(error, refused.Message);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void An_input_that_the_signature_does_not_name_and_a_file_that_is_no_model_are_refused()
    {
        var fewer = s_signature with { Inputs = [.. s_signature.Inputs.Skip(1)] };

        var unnamed = Assert.Throws<RondoException>(() => Load(fewer, Graph(s_signature)));
        var broken = Assert.Throws<RondoException>(() => Load(s_signature, "no model"u8.ToArray()));

        Assert.Contains("needs input 'single', which its signature does not name", unnamed.Message);
        Assert.Contains("ONNX Runtime cannot load 'model.onnx'", broken.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IModel Load(ModelSignature signature, byte[] bytes)
    {
        var file = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(file, bytes);
        var none = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        return new OnnxModelRuntime().Load(
            new(ModelDescription.Onnx, "model.onnx", "test", signature, new(none, none)),
            file
        );
    }

    private static byte[] Graph(ModelSignature signature)
    {
        var graph = new GraphBuilder();
        foreach (var input in signature.Inputs)
        {
            var width = (int)input.Shape.Skip(1).Aggregate(1L, (product, length) => product * length);
            graph.Output(input.Name + "-out", graph.Input(input.Name, ElementTypes.Of(input.DataType), width));
        }
        return graph.ToModel().ToByteArray();
    }

    private static InferenceBatch Batch(ModelSignature signature, int rows, int seed)
    {
        var batch = InferenceBatch.For(signature);
        batch.Start(rows);
        foreach (var input in batch.Inputs)
        {
            input.Resize(rows);
        }
        for (var row = 0; row < rows; row++)
        {
            ((Tensor<float>)batch.Inputs[0]).Values[2 * row] = seed;
            ((Tensor<float>)batch.Inputs[0]).Values[(2 * row) + 1] = float.NaN;
            ((Tensor<double>)batch.Inputs[1]).Values[row] = seed + (row / 2.0);
            ((Tensor<long>)batch.Inputs[2]).Values[row] = seed + row;
            ((Tensor<int>)batch.Inputs[3]).Values[row] = seed - row;
            ((Tensor<bool>)batch.Inputs[4]).Values[row] = row % 2 == 0;
            ((Tensor<string>)batch.Inputs[5]).Values[row] = $"zwölf {seed} {row}";
        }
        return batch;
    }

    private static T[] Out<T>(InferenceBatch batch, int output, int count) =>
        ((Tensor<T>)batch.Outputs[output]).Values[..count];
}
